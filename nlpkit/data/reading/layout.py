"""How a file is laid out: its format, which columns are wanted, how it is encoded."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nlpkit.data.reading.compressed import without_packing
from nlpkit.data.reading.decode import Errors
from nlpkit.data.reading.lines import MAX_CHARS
from nlpkit.errors import ConfigError, DataError

Format = Literal["csv", "tsv", "jsonl", "fasttext", "txt"]
Column = str | int

_ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".fasttext": "fasttext",
    ".ft": "fasttext",
    ".txt": "txt",
}


@dataclass(frozen=True)
class Layout:
    """What a reader has to know about a file; a `label` of None means that it has no labels.

    A column is a name, or a number that counts from 0. Not every format looks at every field.
    """

    format: Format
    text: tuple[Column, ...] = ("text",)
    label: Column | None = "label"
    group: Column | None = None
    encoding: str = "utf-8"
    errors: Errors = "strict"
    max_chars: int = MAX_CHARS
    delimiter: str = ","
    header: bool | None = None
    quoted: bool = True
    coerce: bool = False
    label_prefix: str = "__label__"


PIECE_ROWS = 1024


@dataclass
class Columns:
    """What a reader gives, piece by piece: raw columns side by side, and the line each record begins on."""

    texts: list[str] = field(default_factory=list)
    labels: list[object] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))


def layout_of(
    path: Path, *, format: Format | None = None, delimiter: str | None = None, **rest: Any
) -> Layout:
    """The layout of a file; its format and delimiter are what its name says where they are None."""
    format = format or format_of(path)
    if problem := "" if delimiter is None else delimiter_problem(delimiter):
        raise ConfigError(f"the delimiter {problem}", hint="give one comma, semicolon, bar or tab itself")
    return Layout(format=format, delimiter=delimiter or ("\t" if format == "tsv" else ","), **rest)


def delimiter_problem(delimiter: str) -> str:
    """What keeps a character from standing between cells; empty where nothing does."""
    if len(delimiter) == 1 and delimiter not in '"\r\n\0 ':
        return ""
    return f"{delimiter!r} is not one character that can stand between cells"


def format_of(path: Path) -> Format:
    """The format that the ending of a name says, before .gz, .bz2 or .xz.

    >>> format_of(Path("train.jsonl.xz"))
    'jsonl'
    """
    ending = without_packing(path).suffix.lower()
    if ending not in _ENDINGS:
        raise DataError(
            f"the ending {ending!r} does not say what format this is" if ending else "the name has no ending",
            hint=f"name the format, or end the name in one of {' '.join(_ENDINGS)}",
            location=str(path),
        )
    return _ENDINGS[ending]
