"""What a run writes, and how it appears: whole, or not at all.

    experiment.toml    every setting, defaults included
    manifest.json      versions, data with hashes, seed, hardware, seconds, warnings
    metrics.jsonl      one line an epoch
    scores.json        the test scores, the report by class and the confusion matrix
    predictions.csv    one line a test text: row, gold, predicted, a probability for each class
    report.txt, report.html
    model/             the bundle that nlpkit.load reads
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nlpkit import bundle, report
from nlpkit.errors import ConfigError, StorageError
from nlpkit.experiment import dump
from nlpkit.manifest import manifest
from nlpkit.metrics import classification_report, confusion_matrix
from nlpkit.model import decide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.nn.training import EpochReport
    from nlpkit.running import Result
    from nlpkit.vocab import Labels


def require_free(folder: Path) -> None:
    """ConfigError where a run folder cannot be made at `folder`; nothing is written."""
    if folder.exists() or folder.is_symlink():
        kind = "folder" if folder.is_dir() else "file"
        raise ConfigError(
            f"this {kind} exists, and a run never overwrites one",
            location=str(folder),
            hint="give another --folder, or remove it",
        )
    parent = folder.parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir():
        raise ConfigError("this is not a folder", location=str(parent), hint="give another --folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise ConfigError("this folder may not be written to", location=str(parent), hint="give another --folder")


class RunFolder:
    """A run folder in the making, beside its final place under a hidden name."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    @contextmanager
    def staged(cls, folder: Path | None) -> Iterator[Self]:
        """Give a folder to write into; it gets its name at the end, and is removed after any error.

        With None nothing is written at all.
        """
        if folder is None:
            yield cls(None)
            return
        partial = folder.parent / f".{folder.name[:200]}.partial-{os.getpid()}"
        made = _make_parents(folder.parent)
        try:
            partial.mkdir()
            yield cls(partial)
            _flush(partial)
            require_free(folder)
            partial.rename(folder)
        except BrokenPipeError:  # an observer's terminal is gone
            raise
        except OSError as error:
            raise StorageError(
                f"the run could not be written: {error.strerror or error}",
                location=str(folder),
                hint="nothing of it was kept; free some space or give another --folder",
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            if not folder.exists():
                _remove_empty(made)

    def epoch(self, report: EpochReport) -> None:
        """Add a line to `metrics.jsonl`."""
        if self._folder is not None:
            with (self._folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(epoch_line(report)) + "\n")

    def result(self, result: Result) -> None:
        """Write all the rest."""
        if self._folder is None:
            return
        scored = scores_of(result)
        described = manifest(result)
        text = report.text(scored, described)
        epochs = [epoch_line(epoch) for epoch in result.epochs]
        contents = {
            "experiment.toml": dump(result.experiment),
            "manifest.json": _json(described),
            "scores.json": _json(scored),
            "predictions.csv": _predictions(result),
            "report.txt": text,
            "report.html": report.html(scored, described, epochs),
        }
        for name, content in contents.items():
            (self._folder / name).write_text(content, encoding="utf-8", newline="")
        (self._folder / "model").mkdir()
        bundle.save(result.model, self._folder / "model")


def epoch_line(report: EpochReport) -> dict[str, Any]:
    """What `metrics.jsonl` says of an epoch."""
    rates = {
        "epoch": report.epoch,
        "texts": report.texts,
        "train_loss": report.train_loss,
        "train_accuracy": report.train_accuracy,
        "learning_rate": report.learning_rate,
        "train_seconds": report.train_seconds,
        "texts_per_second": report.texts_per_second,
    }
    valid = {f"valid_{name}": value for name, value in report.valid.items()}
    return finite({**rates, **valid, "best": report.best})


def scores_of(result: Result) -> dict[str, Any]:
    """The test scores beside what a guess of the most frequent class gets, and the tables by class."""
    return score_table(result.scores, result.model.labels, result.gold, result.probabilities)


def score_table(
    values: Mapping[str, float],
    labels: Labels,
    gold: NDArray[np.int64],
    probabilities: NDArray[np.float64],
) -> dict[str, Any]:
    """The scores of gold ids (R,) and probabilities (R, C), as `scores.json` has them."""
    if not len(gold):
        return {"texts": 0, "scores": finite(values)}
    found = decide(probabilities)
    names, matrix = confusion_matrix(labels, gold, found)
    return {
        "texts": len(gold),
        "scores": finite(values),
        "majority_accuracy": max(map(sum, matrix)) / len(gold),
        "classes": names,
        "confusion_matrix": matrix,
        "classification_report": classification_report(labels, gold, found),
    }


def finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """NaN and infinity, which JSON does not have, as None."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def _predictions(result: Result) -> str:
    names = result.model.labels.names
    test = result.splits.test
    found = decide(result.probabilities)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["row", "gold", "predicted", *(f"probability:{name}" for name in names)])
    for row, gold, predicted, chances in zip(
        test.rows, test.labels, found.tolist(), result.probabilities.tolist(), strict=True
    ):
        writer.writerow([row, gold, names[predicted], *(f"{chance:.6g}" for chance in chances)])
    return lines.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _make_parents(folder: Path) -> list[Path]:
    """Make a folder and those above it; the ones that were not there, the innermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _flush(folder: Path) -> None:
    """Make sure that what was written is on the disk before the folder gets its name."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
