"""Ideas for the network of the pool that a run chooses: `python -m benchmarks.ideas [SET ...]`, of trec6,
sst2 and ag_news. It takes the plugin nlpkit-cnn.

NLPKIT_DATA_DIR (or ../shared/data) has a folder for each set. The logits of each classifier are kept in
.bench/ideas and not made again. Prints two Markdown tables for each set: of the network alone, and of the
pool that it is in.

Scores of validation rows are those of weights (of one classifier, its temperature) that are fitted to four
fifths of the rows and measured on the fifth: fitted to all of them, more members always look better.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch

from benchmarks.better import SEEDS
from benchmarks.gains import interval
from benchmarks.ideas_parts import CYCLES, Cycles, Vat, cnn
from benchmarks.ideas_pool import Bench, Made, Scores, mean, scored, with_trainer
from benchmarks.tables import markdown
from benchmarks.training import FIRST_SEEDS
from nlpkit import Fgm, RDrop, Step

HEAD = ["", "validation accuracy", "validation log loss", "test accuracy", "test log loss", "s a run"]


@dataclass(frozen=True)
class Idea:
    """What makes another network of a seed and of one of some values; `beside` is for one more member."""

    title: str
    make: Callable[[Bench, int, float], Made]
    values: tuple[float, ...] = (0.0,)
    beside: bool = False


def _step(step: Callable[[float], Step]) -> Callable[[Bench, int, float], Made]:
    return lambda bench, seed, value: bench.changed(seed, steps=(step(value),))


CYCLED = {"schedule": Cycles(CYCLES)}
IDEAS = (
    Idea("R-Drop, `alpha = VALUE`", _step(RDrop), (1, 4)),
    Idea("FGM, `epsilon = VALUE`", _step(Fgm), (0.1, 0.3, 1)),
    Idea("virtual adversarial training, `epsilon = VALUE`", _step(Vat), (0.3, 1)),
    Idea(
        'averages of weights: `average = "ema"`, `average_decay = VALUE`',
        lambda bench, seed, value: bench.changed(seed, average="ema", average_decay=value),
        (0.99,),
    ),
    Idea(
        'averages of weights: `average = "swa"`, `average_start = VALUE`',
        lambda bench, seed, value: bench.changed(seed, average="swa", average_start=value),
        (0.5,),
    ),
    Idea("the last three epochs", lambda bench, seed, _: bench.epochs(bench.network, seed, (-3, -2, -1))),
    Idea(
        "the ends of three cycles of a cosine schedule, two epochs each",
        lambda bench, seed, _: bench.epochs(with_trainer(bench.network, **CYCLED), seed, (-5, -3, -1)),
    ),
    Idea(
        "three networks of different seeds",
        lambda bench, seed, _: mean([bench.trained(bench.network, seed + more) for more in (0, 100, 200)]),
    ),
    Idea("vectors of the corpus, `init_std = VALUE`", Bench.vectors, (0.1,)),
    Idea(
        "a CNN in the place of the LSTM, `word_dropout = VALUE`",
        lambda bench, seed, value: bench.trained(cnn(bench.network, value), seed),
        (0,),
    ),
    Idea(
        "a CNN beside the LSTM, `word_dropout = VALUE`",
        lambda bench, seed, value: bench.trained(cnn(bench.network, value), seed),
        (0,),
        beside=True,
    ),
    Idea(
        "what the pool says, of texts it has not learned: `share = VALUE`",
        lambda bench, seed, value: bench.distilled(seed, value, apart=True),
        (0.5, 1),
    ),
    Idea(
        "what the pool says, of texts it has learned: `share = VALUE`",
        lambda bench, seed, value: bench.distilled(seed, value, apart=False),
        (0.5,),
    ),
)


@dataclass(frozen=True)
class Row:
    """A title, and the scores of each seed: of the network alone and of the pool; none of a network that
    another row has.
    """

    title: str
    alone: Sequence[Scores]
    pool: Sequence[Scores]


def plain(bench: Bench) -> Row:
    """What a run chooses."""
    made = [_others(bench, seed, bench.trained(bench.network, seed)) for seed in SEEDS]
    alone = [scored(bench, members[:1]) for members in made]
    return Row("as a run chooses it", alone, [scored(bench, members) for members in made])


def measured(bench: Bench, idea: Idea) -> Row:
    """Of the value whose pool has the least log loss on the validation rows of the first seeds."""

    def pool(seed: int, value: float) -> Scores:
        members = _others(bench, seed, idea.make(bench, seed, value))
        return scored(bench, [*members, bench.trained(bench.network, seed)] if idea.beside else members)

    def loss(value: float) -> float:
        return fmean(pool(seed, value).valid_loss for seed in FIRST_SEEDS)

    value = min(idea.values, key=loss) if len(idea.values) > 1 else idea.values[0]
    alone = [scored(bench, [idea.make(bench, seed, value)]) for seed in SEEDS]
    return Row(
        idea.title.replace("VALUE", f"{value:g}"),
        [] if idea.beside else alone,
        [pool(seed, value) for seed in SEEDS],
    )


def _others(bench: Bench, seed: int, first: Made) -> list[Made]:
    return [first, bench.trained(bench.linear, seed), bench.trained(bench.bag, seed)]


def tables(name: str, base: Row, rows: Sequence[Row]) -> list[str]:
    """Both tables of a set; the gain over the first row follows each mean, bold where zero is outside its
    interval.
    """
    alone = [_cells(row.title, row.alone, base.alone) for row in [base, *rows] if row.alone]
    alone.append(_cells("the pool, as a run chooses it", base.pool, base.alone))
    pool = [_cells(row.title, row.pool, base.pool) for row in [base, *rows]]
    return [
        f"{name}, the network alone:",
        "",
        *markdown(HEAD, alone),
        "",
        f"{name}, the pool:",
        "",
        *markdown(HEAD, pool),
    ]


def _cells(title: str, scores: Sequence[Scores], base: Sequence[Scores]) -> list[str]:
    cells = [title]
    for field, points in (("valid", True), ("valid_loss", False), ("test", True), ("test_loss", False)):
        ours, theirs = ([getattr(each, field) for each in some] for some in (scores, base))
        told = f"{fmean(ours):.4f}"
        if scores is not base:
            scale, digits = (100, 1) if points else (1, 3)
            gained, reach = interval([scale * (a - b) for a, b in zip(ours, theirs, strict=True)])
            gain = f"{gained:+.{digits}f} ± {reach:.{digits}f}"
            told += f" ({f'**{gain}**' if abs(gained) > reach else gain})"
        cells.append(told)
    return [*cells, f"{fmean(each.seconds for each in scores):.0f}"]


def main() -> None:
    """Measure, and print both tables of each set."""
    torch.set_num_threads(1)
    for name in sys.argv[1:] or ("trec6", "sst2", "ag_news"):
        bench = Bench(name)
        base = plain(bench)
        print("\n".join([*tables(name, base, [measured(bench, idea) for idea in IDEAS]), ""]), flush=True)


if __name__ == "__main__":
    main()
