"""What each way to train gains over a plain LSTM on TREC-6: `python -m benchmarks.training`.

NLPKIT_DATA_DIR (or ../shared/data) has a folder trec6 with train.csv and test.csv. Each run is kept as a line
of .bench/training.jsonl and not made again, so that whoever is interrupted goes on. Remove that file to
measure anew. Prints Markdown tables.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

import nlpkit
from benchmarks.documented import installed
from benchmarks.gains import Measured, Run, Setting, choices, chosen, table
from nlpkit.experiment import Experiment, dump_experiment, load_experiment
from nlpkit.plugins.catalogue import Plugins

REPOSITORY = Path(__file__).resolve().parents[1]
FILE = REPOSITORY / "examples" / "trec6_lstm.toml"
RECORDS = REPOSITORY / ".bench" / "training.jsonl"
SEEDS = (13, 14, 15, 16, 17)
FIRST_SEEDS = SEEDS[:2]  # on which values are chosen


@dataclass(frozen=True)
class Way:
    """Settings of the file that change, with each of some values where VALUE stands."""

    title: str
    changes: Setting = ()
    values: tuple[float, ...] = (0.0,)

    def settings(self) -> list[Setting]:
        """One for each value, the default of nlpkit first."""
        return [tuple(each.replace("VALUE", f"{value:g}") for each in self.changes) for value in self.values]


ATTENTIVE = (
    'encoder={type = "self_attentive", penalty = VALUE, hidden_size = 64}',
    "encoder.embedding={size = 100, dropout = 0.3}",
)
WAYS = (
    Way("plain"),
    Way("self-attentive encoder with a penalty", ATTENTIVE, (0.1, 1)),
    Way("FGM", ('trainer.steps=[{type = "fgm", epsilon = VALUE}]',), (1, 3)),
    Way("R-Drop", ('trainer.steps=[{type = "r_drop", alpha = VALUE}]',), (1, 4)),
    Way("mixup", ('trainer.steps=[{type = "mixup", alpha = VALUE}]',), (1, 0.2)),
    Way("word dropout", ('trainer.steps=[{type = "word_dropout", fraction = VALUE}]',), (0.1, 0.2)),
    Way("SWA", ('trainer.average="swa"', "trainer.average_start=VALUE"), (0.75, 0.5, 0.25)),
    Way("EMA", ('trainer.average="ema"', "trainer.average_decay=VALUE"), (0.999, 0.99)),
    Way("focal loss", ('trainer.loss={type = "focal", gamma = VALUE}',), (2, 1)),
    Way("max and mean pooling", ('encoder.pooling=["max", "mean"]',)),
)


class Bench:
    """Runs of one file by their settings and seeds, kept on disk."""

    def __init__(
        self,
        file: Path,
        data: Sequence[str],
        records: Path,
        plugins: Plugins,
        seeds: Sequence[int] = SEEDS,
    ) -> None:
        self.file, self.data, self.records, self.plugins, self.seeds = file, data, records, plugins, seeds
        lines = records.read_text(encoding="utf-8").splitlines() if records.is_file() else []
        self.made = {each["experiment"]: Run(**each["run"]) for each in map(json.loads, lines)}

    def measured(self, way: Way) -> Measured:
        """The runs of a way."""
        tried = {setting: [self.run(setting, seed) for seed in FIRST_SEEDS] for setting in way.settings()}
        return Measured(way.title, tried, [self.run(chosen(tried), seed) for seed in self.seeds])

    def run(self, setting: Setting, seed: int) -> Run:
        """The run of this very experiment, made now unless it is on disk."""
        experiment = load_experiment(self.file, [*self.data, *setting, f"seed={seed}"], self.plugins)
        written = dump_experiment(experiment, self.plugins)
        if written not in self.made:
            self.made[written] = run = made(experiment)
            print(seed, *setting, run, file=sys.stderr, flush=True)
            self.records.parent.mkdir(parents=True, exist_ok=True)
            with self.records.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"experiment": written, "run": asdict(run)}) + "\n")
        return self.made[written]


def made(experiment: Experiment) -> Run:
    """Train and score on one core."""
    torch.set_num_threads(1)
    started = sum(os.times()[:4])  # of child processes, too
    result = nlpkit.run(experiment, observer=nlpkit.Observer())
    seconds = sum(os.times()[:4]) - started
    return Run(result.valid["accuracy"], result.scores["accuracy"], round(seconds, 2))


def parts() -> list[str]:
    """Where the files are, as settings."""
    folder = Path(os.environ.get("NLPKIT_DATA_DIR") or REPOSITORY.parent / "shared" / "data") / "trec6"
    return [f"data.{part}={folder / part}.csv" for part in ("train", "test")]


def main() -> None:
    """Measure, and print both tables."""
    with installed("self-attention") as plugins:
        bench = Bench(FILE, parts(), RECORDS, plugins)
        plain, *ways = map(bench.measured, WAYS)
    print("\n".join([*table(plain, ways), "", *choices(ways)]))


if __name__ == "__main__":
    main()
