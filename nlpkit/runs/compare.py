"""Runs held against each other, from their folders alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nlpkit.errors import ConfigError, DataError
from nlpkit.runs.past import PastRun, past_run
from nlpkit.scoring.paired import Paired, paired, paired_sets
from nlpkit.system.terminal import counted
from nlpkit.vocab import Labels

MOST_RUNS: Final = 100


@dataclass(frozen=True, repr=False)
class Comparison:
    """Runs on the same test rows, the best validation accuracy first, under their `names`. `pairs` has what
    each of the others is against the first. Its repr is a table; `table()` is for programs.
    """

    names: tuple[str, ...]
    runs: tuple[PastRun, ...]
    pairs: tuple[Paired, ...]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        from nlpkit.report.compared import text

        return text(self.table()).rstrip("\n")

    @property
    def disagreements(self) -> list[int]:
        """The places of the rows that not all runs give the same label."""
        columns = [run.predicted for run in self.runs]
        return [place for place, found in enumerate(zip(*columns, strict=True)) if len(set(found)) > 1]

    def row(self, place: int) -> list[str]:
        """The number of a row, its gold label, and what each run makes of it."""
        first = self.runs[0]
        return [f"{first.rows[place]}", first.gold[place], *(run.shown[place] for run in self.runs)]

    def table(self, disagreements: int = 10) -> dict[str, Any]:
        """All of it as plain data, with some of the rows on which the runs disagree."""
        places = self.disagreements
        return {
            "texts": len(self.runs[0].rows),
            **({"metric": self.runs[0].metric} if self.runs[0].separator else {}),
            "runs": [_run(name, run) for name, run in zip(self.names, self.runs, strict=True)],
            "pairs": [
                {
                    **_pair(pair, self.runs[0].metric),
                    "run": name,
                    "against": self.names[0],
                    **_changes(self.runs[0], run),
                }
                for name, run, pair in zip(self.names[1:], self.runs[1:], self.pairs, strict=True)
            ],
            "disagreements": {
                "rows": len(places),
                "columns": ["row", "gold", *self.names],
                "first": [self.row(place) for place in places[:disagreements]],
            },
            "notes": list(self.notes),
        }


def compare(folders: Sequence[Path | str]) -> Comparison:
    """Compare two run folders or more. DataError where one is none, is damaged, or was scored on other rows
    than the first.
    """
    if isinstance(folders, str | os.PathLike):
        raise ConfigError("a list of run folders is expected, not one folder")
    if not 2 <= len(folders) <= MOST_RUNS:
        given = counted(len(folders), "run is", "runs are")
        raise ConfigError(f"{given} given, and two to {MOST_RUNS} can be compared")
    paths = [Path(folder) for folder in folders]
    twice = next((each for place, each in enumerate(paths) if each in paths[:place]), None)
    if twice is not None:
        raise ConfigError("this run is named twice", location=str(twice))
    runs = [past_run(path) for path in paths]
    for run in runs[1:]:
        _require_same_rows(runs[0], run)
    names = dict(zip(paths, _names(paths), strict=True))
    runs.sort(key=lambda run: -1.0 if run.valid_score is None else run.valid_score, reverse=True)
    pairs = tuple(_paired(run, runs[0]) for run in runs[1:])
    return Comparison(tuple(names[run.folder] for run in runs), tuple(runs), pairs, tuple(_notes(runs)))


def _paired(run: PastRun, first: PastRun) -> Paired:
    """A run against the first: by accuracy, or by micro F1 where texts have any number of labels."""
    if not run.separator:
        return paired(run.right, first.right, run.groups)
    gold, found = run.label_sets()
    _, other = first.label_sets()
    labels = Labels.of(name for each in (*gold, *found, *other) for name in each)
    return paired_sets(labels.matrix(gold), labels.matrix(found), labels.matrix(other), run.groups)


def _names(paths: Sequence[Path]) -> list[str]:
    """The last parts of paths, as many as tell them apart."""
    parts = [path.resolve().parts for path in paths]
    most = max(map(len, parts))
    for count in range(1, most + 1):
        names = ["/".join(each[-count:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    return list(map(str, paths))


def _require_same_rows(first: PastRun, other: PastRun) -> None:
    """DataError that names the first difference."""
    if why := _first_difference(first, other):
        raise DataError(f"not scored on the same rows as {first.folder}: {why}", location=str(other.folder))


def _first_difference(first: PastRun, other: PastRun) -> str:
    """What is not the same of the test rows of two runs; empty if they are the same."""
    if first.separator != other.separator:
        return "the labels of a text are separated in another way, or a text has one"
    if len(first.rows) != len(other.rows):
        return f"{len(other.rows):,} test rows are here, and {len(first.rows):,} there"
    for place, (there, here) in enumerate(zip(first.rows, other.rows, strict=True)):
        if there != here:
            return f"test text {place + 1:,} is of row {here} here, and of row {there} there"
    for row, label, other_label in zip(first.rows, first.gold, other.gold, strict=True):
        if label != other_label:
            return f"row {row} has the label {other_label!r} here, and {label!r} there"
    if _differ(first, other, "test_sha256"):
        return "the texts of these rows are others"
    return "" if first.groups == other.groups else "the groups of these rows are others"


def _differ(first: PastRun, other: PastRun, key: str) -> bool:
    one, two = (run.manifest["data"].get(key) for run in (first, other))
    return one is not None and two is not None and one != two


def _notes(runs: Sequence[PastRun]) -> Iterator[str]:
    without = [run for run in runs if run.valid_score is None]
    if len(without) == len(runs):
        yield "no run has validation scores, so they are in the order in which they were named"
    elif without:
        have, come = counted(len(without), "run has", "runs have"), "comes" if len(without) == 1 else "come"
        yield f"{have} no validation scores and {come} last"
    if any(_differ(runs[0], run, "valid_sha256") for run in runs[1:]):
        yield "the validation texts are not the same, so their scores compare only roughly"
    if runs[0].separator:
        yield "better and worse count texts with fewer or more wrong labels; McNemar's test is for one label"
    elif runs[0].groups:
        yield "rows of one group are drawn together; McNemar's test is for rows without groups"
    elif len(runs) > 2:
        yield "each p is for its pair alone: among twenty equally good runs, one is below 0.05 by luck"


def _run(name: str, run: PastRun) -> dict[str, Any]:
    return {
        "run": name,
        "folder": str(run.folder),
        "valid": run.scored["best_valid"],
        "scores": run.scored["scores"],
        "accuracy": run.scored.get("accuracy"),
        **({"answered": 1 - sum(run.abstained) / len(run.rows)} if any(run.abstained) else {}),
        "intervals": run.scored.get("intervals", {}),
        "seeds": run.scored.get("seeds"),
        "encoder": run.manifest["model"]["encoder"],
        "parameters": run.manifest["model"].get("parameters"),
        "train_seconds": run.manifest.get("wall_seconds", {}).get("train"),
    }


def _pair(pair: Paired, metric: str) -> dict[str, Any]:
    return {
        metric: pair.difference,
        "interval": pair.interval.ends,
        "better": pair.better,
        "worse": pair.worse,
        "p": pair.p,
    }


def _changes(first: PastRun, other: PastRun) -> dict[str, Any]:
    """What is not as in the first run, as pairs of values: settings, files by their hashes, and versions."""
    files = [
        {each["name"]: each["sha256"] for each in run.manifest["data"]["files"]} for run in (first, other)
    ]
    return {
        "settings": _unequal(dict(_flat(first.settings)), dict(_flat(other.settings))),
        "files": _unequal(*files),
        "versions": _unequal(first.manifest["versions"], other.manifest["versions"]),
    }


def _unequal(one: dict[str, Any], two: dict[str, Any]) -> dict[str, list[Any]]:
    keys = dict.fromkeys([*one, *two])
    return {key: [one.get(key), two.get(key)] for key in keys if one.get(key) != two.get(key)}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting under its dotted path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for name, each in zip(_names_of(value), value, strict=True):
            yield from _flat(each, f"{path}[{name}]")
    else:
        yield path, value


def _names_of(parts: Sequence[Any]) -> list[str]:
    """What parts are called where each is of another type, such as the members of a pool by their encoders;
    else their places. So a member is held against its like, wherever it stands.
    """
    types = [each.get("encoder", each) if isinstance(each, dict) else each for each in parts]
    names = [each.get("type") if isinstance(each, dict) else each for each in types]
    apart = len(set(map(str, names))) == len(names) and all(isinstance(name, str) for name in names)
    return [str(name) for name in names] if apart else [str(place) for place in range(len(parts))]
