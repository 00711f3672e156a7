"""What a run writes, and how it appears: whole, or not at all.

experiment.toml    every setting, defaults included
manifest.json      versions, data with hashes, seed, hardware, seconds, warnings
metrics.jsonl      one line an epoch
scores.json        the test scores by metric and by class and the confusion matrix, as numbers
predictions.csv    one line a test text: row, gold, predicted, probabilities
report.txt, report.html
model/             the bundle that nlpkit.load reads
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nlpkit.experiment.file import dump_experiment
from nlpkit.models import saved
from nlpkit.report import page
from nlpkit.report import text as report_text
from nlpkit.runs.predictions import write_predictions
from nlpkit.scoring.tables import finite
from nlpkit.system.atomic import atomic_folder, writing

if TYPE_CHECKING:
    from nlpkit.runs.result import Result
    from nlpkit.training.state import EpochReport


class RunFolder:
    """A run folder in the making: `partial` is where it is now, `final` where it will be.

    Without a folder nothing is written at all.
    """

    def __init__(self, partial: Path | None, final: Path) -> None:
        self._partial = partial
        self._final = final

    @classmethod
    @contextmanager
    def staged(cls, folder: Path | None) -> Iterator[Self]:
        """Give a folder to write into; it gets its name at the end, and is removed after any error."""
        if folder is None:
            yield cls(None, Path())
            return
        with atomic_folder(folder) as partial:
            yield cls(partial, folder)

    def epoch(self, report: EpochReport) -> None:
        """Add a line to `metrics.jsonl`."""
        if self._partial is None:
            return
        with writing(self._final), (self._partial / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(epoch_line(report)) + "\n")

    def result(self, result: Result) -> None:
        """Write all the rest."""
        if self._partial is None:
            return
        epochs = [epoch_line(epoch) for epoch in result.epochs]
        contents = {
            "experiment.toml": dump_experiment(result.experiment, folder=self._final),
            "manifest.json": _json(result.manifest),
            "scores.json": _json(result.scored),
            "report.txt": report_text.text(result.scored, result.manifest),
            "report.html": page.html(result.scored, result.manifest, epochs),
        }
        with writing(self._final):
            for name, content in contents.items():
                (self._partial / name).write_text(content, encoding="utf-8", newline="")
            write_predictions(self._partial / "predictions.csv", result)
            (self._partial / "model").mkdir()
            saved.save(result.model, self._partial / "model")


def epoch_line(report: EpochReport) -> dict[str, Any]:
    """What `metrics.jsonl` says of an epoch."""
    rates = ("epoch", "texts", "train_loss", "train_accuracy", "learning_rate", "train_seconds")
    values = {name: getattr(report, name) for name in (*rates, "texts_per_second")}
    valid = {f"valid_{name}": value for name, value in report.valid.items()}
    losses = {f"loss_{name}": value for name, value in report.losses.items()}
    of = {"member": report.member} if report.member else {}
    return finite({**of, **values, **losses, **valid, "best": report.best})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
