"""replay(folder): a run once more, and whether it comes to the same bits."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from nlpkit.errors import ConfigError
from nlpkit.experiment.file import load_experiment
from nlpkit.runs.run import run
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.runs.observer import Observer

_MOST_BYTES: Final = 1 << 28  # of a file of scores or of a manifest
_UNREADABLE: Final = (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError)
NOTHING_RECORDED: Final = (
    "nothing that is recorded differs: a component may draw numbers of its own, or depend on the time"
)


@dataclass(frozen=True)
class Replayed:
    """A run beside the one that it repeats. `differences` are of what came out, and empty if each bit is the
    same; `reasons` are of what went in. `seconds` is how long both took to read, train and score; of a run
    that was resumed it is not known.
    """

    folder: Path
    differences: tuple[str, ...]
    reasons: tuple[str, ...]
    seconds: tuple[float | None, float]

    @property
    def same(self) -> bool:
        """Whether weights, predictions and scores are the same to the last bit."""
        return not self.differences


def replay(
    folder: Path | str,
    again: Path | str | None = None,
    observer: Observer | None = None,
    *,
    progress: bool = False,
) -> Replayed:
    """Run the experiment of a run folder once more, into the folder `again` where one is given, and compare.

    ConfigError where `folder` is no run folder, and the error of the run if its data or a plugin is gone.
    """
    folder = Path(folder)
    before = {"wall_seconds": {}, "data": {"facts": {}}, **_table(folder / "manifest.json")}
    scores = _table(folder / "scores.json")
    experiment = load_experiment(folder / "experiment.toml")
    with ExitStack() as stack:
        place = Path(again) if again else Path(stack.enter_context(TemporaryDirectory())) / folder.name
        run(experiment, place, observer, progress=progress)
        now = _table(place / "manifest.json")
        differences = [
            *_weights(folder / "model", place / "model"),
            *_predictions(folder / "predictions.csv", place / "predictions.csv"),
            *_scores(scores, _table(place / "scores.json")),
        ]
    reasons = list(_reasons(before, now)) or [NOTHING_RECORDED]
    then, took = (round(sum(each["wall_seconds"].values()), 3) for each in (before, now))
    then = None if before["data"]["facts"].get("resumed") else then
    return Replayed(folder, tuple(differences), tuple(reasons if differences else ()), (then, took))


def _table(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        found = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
        if not isinstance(found, dict):
            raise ValueError("it is no JSON object")
    except _UNREADABLE as error:
        if not path.parent.is_dir() or not path.exists():
            raise ConfigError("this is not a run folder", location=str(path.parent)) from None
        raise ConfigError(f"this is not what a run has written: {error}", location=str(path)) from None
    return dict(found)


def _weights(before: Path, now: Path) -> Iterator[str]:
    """What differs in the weights of the models."""
    names = sorted({path.relative_to(root) for root in (before, now) for path in root.rglob("*.safetensors")})
    for name in names:
        one, other = before / name, now / name
        if not (one.is_file() and other.is_file()):
            yield f"model/{name} is there once"
        elif one.read_bytes() != other.read_bytes():
            yield f"model/{name}: {_how_far(one, other)}"


def _how_far(one: Path, other: Path) -> str:
    """How far weights are from each other."""
    import numpy as np
    from safetensors.numpy import load_file

    tensors, others = load_file(one), load_file(other)
    if tensors.keys() != others.keys() or any(tensors[name].shape != others[name].shape for name in tensors):
        return "tensors of other names or shapes"
    pairs = [(tensors[name].astype(float), others[name].astype(float)) for name in tensors]
    most = max((float(np.abs(a - b).max()) for a, b in pairs if a.size), default=0.0)
    differ = sum(int((a != b).sum()) for a, b in pairs)
    return (
        f"{differ:,} of {counted(sum(a.size for a, _ in pairs), 'number')} differ, by {most:.2g} at the most"
    )


def _predictions(before: Path, now: Path) -> Iterator[str]:
    """How many predictions differ."""
    if before.is_file() and before.read_bytes() == now.read_bytes():
        return
    rows = labels = others = 0
    for one, other in zip_longest(_rows(before), _rows(now)):
        rows += 1
        if one is None or other is None or one[:2] != other[:2]:
            others += 1
        elif one[2] != other[2]:
            labels += 1
    if others:
        yield f"predictions.csv: {others:,} of {counted(rows, 'row')} are of other texts or labels"
    else:
        yield f"predictions.csv: {labels:,} of {counted(rows, 'text')} get another label"


def _rows(path: Path) -> Iterator[list[str]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        next(rows, None)
        yield from (row for row in rows if len(row) >= 3)


def _scores(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if before == now:
        return
    one, other = (dict(each.get("scores", {})) for each in (before, now))
    changed = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    yield from (f"{name}: {one.get(name)} was, {other.get(name)} is" for name in changed)
    if not changed:
        yield "scores.json: other numbers than those of the metrics"


def _reasons(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What the two manifests say of what went in."""
    for part in ("versions", "hardware"):
        one, other = (dict(each.get(part, {})) for each in (before, now))
        for name in {**one, **other}:
            if one.get(name) != other.get(name):
                label = name if part == "versions" else name.replace("_", " ")
                yield f"{label}: {one.get(name, 'none')} was, {other.get(name, 'none')} is"
    files = [
        {file.get("name"): file.get("sha256") for file in each.get("data", {}).get("files", [])}
        for each in (before, now)
    ]
    for name in {**files[0], **files[1]}:
        if files[0].get(name) != files[1].get(name):
            yield f"{name}: {_read(name in files[0], name in files[1])}"


def _read(then: bool, now: bool) -> str:
    return (
        "its content is another" if then and now else "it was not read then" if now else "it is not read now"
    )
