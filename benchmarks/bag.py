"""The mean of token vectors beside fastText at the same size, epochs and threads: `python -m benchmarks.bag`.

Words, and words with pairs, of the AG News sample. Rates are of the training loop alone, in texts a second.
A round has all sizes, each trained by both, one after the other. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contenders import FASTTEXT, Settings, example
from benchmarks.corpora import write
from benchmarks.environments import python
from benchmarks.peers.protocol import Job
from benchmarks.process import measured
from benchmarks.tables import markdown

FOLDER = Path(__file__).resolve().parents[1] / ".bench"
EPOCHS = 8
DROPOUTS = {64: 0.8, 10: 0.2}  # of the vectors, by their size
SHAPES = [*product((1, 2), DROPOUTS)]  # words in a row, size
Rates = dict[tuple[int, int], tuple[float, float, float, float]]  # rate and accuracy of ours, and of fastText


def ours(max_n: int, size: int, batch_size: int, threads: int) -> Settings:
    """The settings of nlpkit's example for these."""
    plain = example("agnews_bigrams")
    return {
        **plain,
        "tokenizer": {**plain["tokenizer"], "max_n": max_n},
        "encoder": {"type": "embedding_mean", "embedding": {"size": size, "dropout": DROPOUTS[size]}},
        "trainer": {**plain["trainer"], "batch_size": batch_size, "workers": threads},
    }


def events(interpreter: str, peer: str, settings: Settings, epochs: int) -> list[dict[str, Any]]:
    """What a contender in a process of its own says of its training."""
    corpus = FOLDER / "corpora" / "sample"
    if not (corpus / "facts.json").is_file():
        write("sample", corpus)
    files = {part: str(corpus / f"{part}.csv") for part in ("train", "test")}

    def command(started_at: float) -> list[str]:
        job = Job("train", started_at, settings=settings, epochs=epochs, **files)
        return [interpreter, "-m", f"benchmarks.peers.{peer}", json.dumps(asdict(job))]

    return measured(command).events


def measure(batch_size: int, threads: int) -> Rates:
    """One round."""
    found = {}
    for max_n, size in SHAPES:
        told = events(sys.executable, "nlpkit_run", ours(max_n, size, batch_size, threads), EPOCHS)
        epochs = [each for each in told if each["event"] == "epoch"]
        rate = sum(each["documents"] for each in epochs) / sum(each["seconds"] for each in epochs)
        theirs = {**FASTTEXT, "dim": size, "wordNgrams": max_n, "epoch": EPOCHS, "thread": threads}
        told = events(python("fasttext", FOLDER), "fasttext_supervised", theirs, 1)
        accuracy, end = told[-2]["accuracy"], told[-1]
        found[max_n, size] = (rate, epochs[-1]["accuracy"], end["later_rate"], accuracy)
    return found


def table(rounds: Sequence[Rates]) -> list[str]:
    """A row for each size.

    >>> print(table([{(2, 64): (90.0, 0.9, 60.0, 0.8)}, {(2, 64): (80.0, 0.9, 80.0, 0.8)}])[-1])
    | words and pairs | 64 | 85 | 70 | 1.25 (1.00-1.50) | 0.9000 | 0.8000 |
    """
    rows = []
    for max_n, size in rounds[0]:
        each = [found[max_n, size] for found in rounds]
        rate, accuracy, their_rate, their_accuracy = (median(column) for column in zip(*each, strict=True))
        ratios = [one[0] / one[2] for one in each]
        spread = f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        words = "words" if max_n == 1 else "words and pairs"
        numbers = [f"{rate:,.0f}", f"{their_rate:,.0f}", spread, f"{accuracy:.4f}", f"{their_accuracy:.4f}"]
        rows.append([words, f"{size}", *numbers])
    heads = ["", "size", "nlpkit, texts/s", "fastText, texts/s", "times fastText", "accuracy", "fastText's"]
    return markdown(heads, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all sizes and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bag", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=1024, help="nlpkit's [default: 1024]")
    parser.add_argument(
        "--threads", type=int, default=1, help="of fastText, and nlpkit's workers [default: 1]"
    )
    given = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"  # of each worker
    print("\n".join(table([measure(given.batch_size, given.threads) for _ in range(given.rounds)])))


if __name__ == "__main__":
    main()
