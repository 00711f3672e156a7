"""Whether intervals and tests keep what they promise, on drawn rows of which the truth is known.

    python -m benchmarks.intervals [draws]

A model of known quality is scored on rows drawn anew each time. A 95 % interval should contain the true score
in 95 % of the draws; of two models that are equally good, a difference should be found in 5 %.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from nlpkit.scoring.intervals import intervals
from nlpkit.scoring.metric import ScoredRows
from nlpkit.scoring.metrics import scores
from nlpkit.scoring.paired import paired

DRAWS = 1000
_TRUTH_ROWS = 2_000_000


@dataclass(frozen=True)
class Corpus:
    """How rows are drawn: how many, of how many classes, how well they are told apart, and how many of them
    stand in a group, whose rows are right and wrong together.
    """

    rows: int
    classes: int = 4
    margin: float = 3.0
    group_size: int = 1
    skewed: bool = False

    def drawn(self, rng: Generator, rows: int) -> tuple[ScoredRows, list[str]]:
        """Rows, and their groups where they have any."""
        shares = 1 / np.arange(1, self.classes + 1) if self.skewed else np.ones(self.classes)
        gold = rng.choice(self.classes, rows, p=shares / shares.sum())
        group = np.arange(rows) // self.group_size
        logits = rng.normal(size=(rows, self.classes))
        if self.group_size > 1:
            logits += 1.5 * rng.normal(size=(int(group[-1]) + 1, self.classes))[group]
        logits[np.arange(rows), gold] += self.margin
        found = np.exp(logits - logits.max(axis=1, keepdims=True))
        rows_drawn = ScoredRows.of(gold, found / found.sum(axis=1, keepdims=True))
        return rows_drawn, list(map(str, group)) if self.group_size > 1 else []


COVERED = {
    "accuracy, 100 rows": ("accuracy", Corpus(100)),
    "accuracy, 1,000 rows": ("accuracy", Corpus(1000)),
    "accuracy near 1, 100 rows": ("accuracy", Corpus(100, margin=5.0)),
    "accuracy, 80 groups of 5": ("accuracy", Corpus(400, group_size=5)),
    "accuracy, 20 groups of 10": ("accuracy", Corpus(200, group_size=10)),
    "f1_macro, 200 rows": ("f1_macro", Corpus(200)),
    "f1_macro, 1,000 skewed rows": ("f1_macro", Corpus(1000, classes=6, skewed=True)),
    "balanced_accuracy, 1,000 skewed rows": ("balanced_accuracy", Corpus(1000, classes=6, skewed=True)),
    "matthews_corrcoef, 500 rows": ("matthews_corrcoef", Corpus(500)),
    "log_loss, 200 rows": ("log_loss", Corpus(200)),
    "log_loss, 1,000 rows": ("log_loss", Corpus(1000)),
    "roc_auc_ovr, 500 rows": ("roc_auc_ovr", Corpus(500)),
}


def coverage(metric: str, corpus: Corpus, draws: int, seed: int = 0, truth_rows: int = _TRUTH_ROWS) -> float:
    """In what share of draws the interval contains the score of very many rows."""
    rng = np.random.default_rng(seed)
    many, _ = corpus.drawn(rng, truth_rows)
    truth = scores([metric], many.gold, many.probabilities).values[metric]
    held = 0
    for _ in range(draws):
        rows, groups = corpus.drawn(rng, corpus.rows)
        found = intervals([metric], rows, groups)[metric]
        held += bool(found) and found.low <= truth <= found.high
    return held / draws


def hits(rng: Generator, rows: int, accuracies: tuple[float, float]) -> list[NDArray[np.bool_]]:
    """Which rows each of two models gets right, who find the same rows hard."""
    hard = rng.normal(size=rows)
    one, other = (hard + 0.7 * rng.normal(size=rows) for _ in range(2))
    scale = float(np.sqrt(1 + 0.7**2))
    return [
        noise < scale * _quantile(accuracy) for noise, accuracy in zip((one, other), accuracies, strict=True)
    ]


def _quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def rejections(
    rows: int, draws: int, accuracies: tuple[float, float] = (0.8, 0.8), seed: int = 0
) -> dict[str, float]:
    """In what share of draws each way finds a difference between two models."""
    rng = np.random.default_rng(seed)
    found = {"interval": 0, "McNemar": 0}
    for _ in range(draws):
        pair = paired(*hits(rng, rows, accuracies))
        found["interval"] += bool(pair.interval) and not pair.interval.low <= 0 <= pair.interval.high
        found["McNemar"] += pair.p is not None and pair.p < 0.05
    return {name: count / draws for name, count in found.items()}


def table(draws: int) -> Iterator[str]:
    """The lines of both tables, as they are known."""
    yield f"95 % intervals that contain the truth, of {draws:,} draws"
    for name, (metric, corpus) in COVERED.items():
        yield _timed(f"  {name:<40}", lambda metric=metric, corpus=corpus: coverage(metric, corpus, draws))
    yield f"equally good models found to differ (5 %), of {draws:,} draws"
    yield from _found((0.8, 0.8), draws)
    yield "models two points apart found to differ"
    yield from _found((0.8, 0.82), draws)


def _found(accuracies: tuple[float, float], draws: int) -> Iterator[str]:
    for rows in (500, 2000, 8000):
        shares = rejections(rows, draws, accuracies).items()
        yield f"  {rows:,} rows".ljust(42) + "  ".join(f"{way} {share:.1%}" for way, share in shares)


def _timed(head: str, share: Callable[[], float]) -> str:
    began = perf_counter()
    return f"{head}{share():6.1%}  ({perf_counter() - began:.0f} s)"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in table(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS):
        print(line, flush=True)
