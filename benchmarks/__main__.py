"""Measure nlpkit beside the notebook loop and write benchmarks/RESULTS.md.

Rounds are interleaved: in each one every contender trains one epoch, in turn, so that whatever else the
machine does falls on all of them.
"""

from __future__ import annotations

import argparse
import statistics
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.corpora import sample
from benchmarks.machine import machine
from benchmarks.notebook import Notebook
from benchmarks.ours import Ours

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    """Run all rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    corpus = sample()
    contenders: dict[str, Notebook | Ours] = {
        "notebook loop: LSTM": Notebook(corpus.texts, corpus.labels),
        "notebook loop: packed LSTM": Notebook(corpus.texts, corpus.labels, packed=True),
        "nlpkit: LSTM, batch 16": Ours(corpus, batch_size=16),
        "nlpkit: LSTM, batch 64": Ours(corpus, batch_size=64),
        "nlpkit: LSTM, batch 256": Ours(corpus, batch_size=256),
        "nlpkit: packed LSTM, batch 64": Ours(corpus, packed=True, batch_size=64),
    }
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name, contender in contenders.items():
            rates[name].append(contender.epoch())
            print(f"round {number}/{rounds}  {name}: {rates[name][-1]:,.0f} texts/s", flush=True)
    RESULTS.write_text(page(corpus.name, len(corpus.texts), rates), encoding="utf-8")
    print(f"written to {RESULTS}")


def page(corpus: str, texts: int, rates: dict[str, list[float]]) -> str:
    """The table as Markdown."""
    base = statistics.median(rates["notebook loop: LSTM"])
    rows = [
        f"| {name} | {statistics.median(each):,.0f} | {min(each):,.0f}-{max(each):,.0f} "
        f"| {statistics.median(each) / base:.1f} |"
        for name, each in rates.items()
    ]
    rounds = len(next(iter(rates.values())))
    return "\n".join(
        [
            "# Results",
            "",
            f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}.",
            "",
            f"Machine: {machine()}.",
            "",
            "## Training",
            "",
            f"{corpus}, {texts:,} training texts, embedding 64, hidden 32; texts a second of one epoch, "
            f"{rounds} interleaved rounds in one process.",
            "",
            "| contender | median texts/s | lowest-highest | times the notebook |",
            "|---|---:|---:|---:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
