"""The settings fastText does best with: `.bench/fasttext/bin/python -m benchmarks.fasttext_search FOLDER`.

FOLDER is a corpus with train.csv and test.csv. Settings are chosen by the accuracy on the test texts, which
favours fastText. Prints a Markdown table.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.peers.fasttext_supervised import FastTextSupervised
from benchmarks.peers.protocol import read_rows, share_right

Settings = dict[str, Any]
Rows = tuple[list[str], list[str]]

SHARED: Settings = {"wordNgrams": 2, "thread": 2}
RATES, EPOCHS, MIN_COUNTS = (0.1, 0.25, 0.5, 1.0), (5, 10, 25, 50), (1, 2)
DIMS = (64, 100)  # for the best of dim 10, as are fewer buckets
BUCKETS = (200_000, 2_000_000)
KEPT = 3  # settings that go on to the next stage
SEEDS = (1, 2, 3)


def accuracy(train: Rows, test: Rows, settings: Settings, seed: int) -> tuple[float, float]:
    """The share of test texts that is right, and the seconds of training."""
    peer = FastTextSupervised(settings, seed)
    peer.prepare(*train, len(train[0]))
    started = time.perf_counter()
    peer.epoch()
    seconds = time.perf_counter() - started
    return share_right(peer.predict(test[0]), test[1]), seconds


class Search:
    """Settings and their accuracy, the best first."""

    def __init__(self, train: Rows, test: Rows) -> None:
        self.train, self.test = train, test
        self.found: list[tuple[float, float, Settings]] = []

    def best(self, settings: Sequence[Settings], seeds: Sequence[int] = (1,)) -> list[Settings]:
        """Try each, and give those of this stage in order."""
        stage = []
        for each in settings:
            tried = [accuracy(self.train, self.test, {**SHARED, **each}, seed) for seed in seeds]
            mean, seconds = fmean(right for right, _ in tried), fmean(took for _, took in tried)
            stage.append((mean, seconds, each))
            print(f"{mean:.4f} {seconds:.1f} s {json.dumps(each)} {len(tried)}", file=sys.stderr, flush=True)
        stage.sort(key=lambda item: -item[0])
        self.found = stage
        return [each for _, _, each in stage]


def table(found: Sequence[tuple[float, float, Settings]]) -> str:
    """A Markdown table."""
    names = list(found[0][2])
    head = f"| {' | '.join(names)} | accuracy | seconds |\n|{'---:|' * (len(names) + 2)}\n"
    rows = (
        f"| {' | '.join(str(each[name]) for name in names)} | {right:.4f} | {seconds:.1f} |"
        for right, seconds, each in found
    )
    return head + "\n".join(rows)


def main() -> None:
    """All stages: the grid at dim 10, more dims and buckets for the best of it, three seeds for the best."""
    folder = Path(sys.argv[1])
    search = Search(read_rows(folder / "train.csv"), read_rows(folder / "test.csv"))
    grid = [
        {"dim": 10, "lr": lr, "epoch": epoch, "minCount": least, "bucket": BUCKETS[-1]}
        for lr, epoch, least in product(RATES, EPOCHS, MIN_COUNTS)
    ]
    best = search.best(grid)
    stages = [("Grid, one seed", table(search.found))]
    wider = [{**each, "dim": dim} for each in best[:KEPT] for dim in DIMS]
    fewer = [{**each, "bucket": BUCKETS[0]} for each in best[:KEPT]]
    both = search.best([*wider, *fewer])
    stages.append(("Dimensions and buckets of the best, one seed", table(search.found)))
    search.best([*both[:KEPT], *best[:KEPT]], SEEDS)
    stages.append((f"Mean of {len(SEEDS)} seeds", table(search.found)))
    print("\n\n".join(f"## {title}\n\n{rows}" for title, rows in stages))


if __name__ == "__main__":
    main()
