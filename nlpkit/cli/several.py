"""A folder of experiments: which files they are, and how their runs compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.cli.output import table

if TYPE_CHECKING:
    from nlpkit.runs.result import Result

_HEAD = ("experiment", "accuracy", "seconds", "parameters")


def experiments_in(path: Path) -> list[Path]:
    """The files of a folder that has experiments in it, and nothing else but their runs."""
    from nlpkit.data.reading.source.folder import listed

    if not path.is_dir():
        return []
    folders, files = listed(path)
    alone = set(folders) <= {"runs"} and all(name.endswith(".toml") for name in files)
    return [path / name for name in files] if alone else []


def compared(name: str, result: Result) -> list[str]:
    """What a run found, as a row of the table: its accuracy, the seconds of its training, and its size."""
    from nlpkit.report.text import score_text

    seconds, parameters = result.wall_seconds["train"], result.manifest["model"]["parameters"]
    return [name, score_text(result.scored.get("accuracy")), f"{seconds:.1f}", f"{parameters:,}"]


def comparison(rows: Sequence[Sequence[str]]) -> str:
    """The rows below their headings.

    >>> print(comparison([["1_mean", "0.8652", "2.2", "960,000"], ["2_rnn", "0.7199", "10.1", "1,000,000"]]))
    experiment  accuracy  seconds  parameters
    1_mean        0.8652      2.2     960,000
    2_rnn         0.7199     10.1   1,000,000
    """
    names, *numbers = zip(_HEAD, *rows, strict=True)
    right = [[cell.rjust(max(map(len, column))) for cell in column] for column in numbers]
    return table(list(zip(names, *right, strict=True)))
