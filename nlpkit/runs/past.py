"""A run as its folder tells of it: nothing but the folder is needed."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit.data.reading.labels.sets import parts
from nlpkit.errors import DataError
from nlpkit.report.compared import ABSTAINED
from nlpkit.runs.predictions import LIKELIEST_LABEL
from nlpkit.system.sealed import from_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_BYTES: Final = 1 << 28
_COLUMNS: Final = ["row", "gold", "predicted"]
_MORE: Final = (LIKELIEST_LABEL, "group")
_MOST_COLUMNS: Final = 6  # before those of probabilities: these, and sets of labels


@dataclass(frozen=True, eq=False)
class PastRun:
    """What was written: scores.json, manifest.json and experiment.toml as tables, and the number, the gold
    label, the predicted label and, where there are groups, the group of each test row. `abstained` says which
    rows do not get their predicted label, where the model is not always sure enough.
    """

    folder: Path
    scored: dict[str, Any]
    manifest: dict[str, Any]
    settings: dict[str, Any]
    rows: tuple[int, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    groups: tuple[str, ...] = ()
    abstained: tuple[bool, ...] = ()

    @property
    def shown(self) -> list[str]:
        """The predicted labels for a person, who is told where the model abstained."""
        marks = self.abstained or [False] * len(self.predicted)
        pairs = zip(self.predicted, marks, strict=True)
        return [f"{label}{ABSTAINED}" if mark else label for label, mark in pairs]

    @property
    def separator(self) -> str:
        """What stands between the labels of a text; empty where each has one."""
        found: str = self.scored.get("label_separator", "")
        return found

    @property
    def metric(self) -> str:
        """The score that runs are held against each other by."""
        return "f1_micro" if self.separator else "accuracy"

    def label_sets(self) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """The gold and the predicted labels of each test row, of any number."""
        gold, found = ([parts(cell, self.separator) for cell in each] for each in (self.gold, self.predicted))
        return gold, found

    @property
    def valid_score(self) -> float | None:
        """The validation score of the weights that were kept, by the metric."""
        found: float | None = self.scored["best_valid"].get(self.metric)
        return found

    @property
    def valid_accuracy(self) -> float | None:
        """The validation accuracy of the weights that were kept."""
        found: float | None = self.scored["best_valid"].get("accuracy")
        return found

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which rows have the predicted label."""
        import numpy as np

        return np.fromiter(map(str.__eq__, self.gold, self.predicted), bool, len(self.gold))


def past_run(folder: Path | str) -> PastRun:
    """Read a run folder; DataError, in one line, where it is none or is damaged."""
    folder = Path(folder)
    scored = table_of(folder, "scores.json")
    manifest = table_of(folder, "manifest.json")
    settings = table_of(folder, "experiment.toml", lambda content: tomllib.loads(content.decode()))
    with damaged(folder, "scores.json"):
        _check_scores(scored)
    with damaged(folder, "manifest.json"):
        _check_manifest(manifest)
    with damaged(folder, "predictions.csv"):
        run = _with_rows(folder, scored, manifest, settings)
        if len(run.rows) != scored["texts"] or _accuracy(run) != scored.get("accuracy", 0.0):
            raise ValueError("its rows are not those that scores.json is of")
    return run


def table_of(folder: Path, name: str, parsed: Callable[[bytes], Any] = from_json) -> dict[str, Any]:
    """A file of a run folder as a table; DataError, in one line, where it is none or is damaged."""
    with damaged(folder, name):
        content = content_of(folder, name)
        found = parsed(content)
        if not isinstance(found, dict):
            raise ValueError("it is no table")
    return found


def content_of(folder: Path, name: str) -> bytes:
    """A file of a run folder as bytes; DataError where it is not there."""
    path = folder / name
    if not path.is_file():
        what = "there is no such folder" if not folder.is_dir() else f"there is no {name} here"
        raise DataError(f"{what}: a run folder is expected, which nlpkit run writes", location=str(folder))
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"it is larger than {_MAX_BYTES >> 20} MiB")
    return content


@contextmanager
def damaged(folder: Path, name: str) -> Iterator[None]:
    """What is wrong with a file, in one line."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OSError, csv.Error) as error:
        # of LookupErrors the message is a key alone
        reason = f"it has no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise DataError(
            f"{name} is damaged, or not from nlpkit run: {reason}", location=str(folder)
        ) from None


def _check_scores(scored: dict[str, Any]) -> None:
    """That what is shown is there, and is numbers."""
    if not isinstance(scored.get("label_separator", ""), str):
        raise TypeError("label_separator is not a string")
    _require_numbers(scored["texts"], *scored["scores"].values(), *scored["best_valid"].values())
    for ends in scored.get("intervals", {}).values():
        low, high = ends or (None, None)
        _require_numbers(low, high)
    seeds = scored.get("seeds", {"count": 1, "scores": {}})
    _require_numbers(seeds["count"])
    for each in seeds["scores"].values():
        _require_numbers(each["mean"], each["sd"])


def _check_manifest(manifest: dict[str, Any]) -> None:
    files = manifest["data"]["files"]
    if not all(isinstance(file["name"], str) and isinstance(file["sha256"], str) for file in files):
        raise ValueError("a file has no name and hash")
    if not isinstance(manifest["versions"], dict) or not isinstance(manifest["model"]["encoder"], str):
        raise TypeError("it has no versions and no encoder")
    _require_numbers(manifest["model"].get("parameters"), manifest.get("wall_seconds", {}).get("train"))


def _require_numbers(*values: Any) -> None:
    for value in values:
        if not isinstance(value, int | float | None) or isinstance(value, bool):
            raise TypeError(f"{value!r} is not a number")


def _with_rows(
    folder: Path, scored: dict[str, Any], manifest: dict[str, Any], settings: dict[str, Any]
) -> PastRun:
    if not (folder / "predictions.csv").is_file():
        content_of(folder, "predictions.csv")
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        head = next(reader, [])
        if head[:3] != _COLUMNS:
            raise ValueError(f"its columns do not begin with {', '.join(_COLUMNS)}")
        places = [head.index(name) for name in (*_COLUMNS, *_MORE) if name in head[:_MOST_COLUMNS]]
        lines = [
            [row[place] for place in places]
            for row in reader
            if len(row) == len(head) or _uneven(reader.line_num)
        ]
    columns = list(zip(*lines, strict=True)) or [()] * len(places)
    found: dict[str, tuple[str, ...]] = dict(zip([head[place] for place in places], columns, strict=True))
    rows, given = tuple(map(int, found["row"])), found["predicted"]
    abstained = tuple(not label for label in given) if LIKELIEST_LABEL in found else ()
    labels, groups = found.get(LIKELIEST_LABEL, given), found.get("group", ())
    return PastRun(folder, scored, manifest, settings, rows, found["gold"], labels, groups, abstained)


def _uneven(line: int) -> bool:
    raise ValueError(f"line {line} has too few cells, or too many")


def _accuracy(run: PastRun) -> float:
    return float(run.right.mean()) if run.rows else 0.0
