"""What is asked of each record, and what a reader gives."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nlpkit.data.reading.layout import Column, Objects, Table
from nlpkit.data.reading.notes import printable
from nlpkit.errors import DataError, did_you_mean
from nlpkit.settings.toml import in_toml

PIECE_ROWS = 1024


@dataclass(frozen=True)
class Asked:
    """What is read of each record besides its text: the label, and other columns as they are written, those
    that make `slices` the last.

    `labels` is a file that has the labels of another one, line by line.
    """

    label: bool = True
    others: tuple[Column, ...] = ()
    labels: Path | None = None
    slices: tuple[Column, ...] = ()

    @property
    def beside(self) -> tuple[Column, ...]:
        """All columns beside text and label."""
        return (*self.others, *self.slices)


LABELLED = Asked()


def wanted_columns(layout: Objects | Table, asked: Asked) -> list[Column]:
    """The columns that records are asked for."""
    return [*layout.text, *([layout.label] if asked.label else []), *asked.beside]


@dataclass
class Columns:
    """What a reader gives, piece by piece: raw columns side by side, and the line each record begins on.

    `others` has a list for each other column that was asked for: cells, or any values that JSON has.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[object] = field(default_factory=list)
    others: list[list[object]] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))


class ColumnError(DataError):
    """A column that is asked for and is not in the file."""

    def __init__(self, message: str, column: Column, *, hint: str, location: str) -> None:
        super().__init__(message, hint=hint, location=location)
        self.column = column


def several_in_one_name(column: Column, names: Collection[str]) -> str:
    """How to name several columns, where one name lists those of a file; else empty.

    >>> several_in_one_name("title, body", ["title", "body"]), several_in_one_name("titel", ["title"])
    ('name columns one by one: text = ["title", "body"]', '')
    """
    for mark in (",", ";", "|", "+", None):
        parts = [part.strip() for part in str(column).split(mark)]
        if len(parts) > 1 and set(parts) <= set(names):
            return f"name columns one by one: text = {in_toml(tuple(parts))}"
    return ""


def known_columns(column: Column, names: Sequence[str]) -> str:
    """The end of a sentence about a column that a file does not have, from the names of those it has."""
    return several_in_one_name(column, names) or did_you_mean(str(column), map(printable, names))


def check_apart(texts: Collection[Column], label: Column | None, name: Column, location: str) -> None:
    """Refuse a label, of the column `name`, that is a text as well: whoever learns it learns nothing."""
    if label in texts:
        raise DataError(
            f"the column {name!r} is the label and part of the text: the text would give the answer away",
            hint="name another column for the text, or for the label",
            location=location,
        )


@dataclass(frozen=True)
class FirstRow:
    """The first row of a table: whether it is a header, None where nothing in it says so."""

    cells: tuple[str, ...]
    headed: bool | None
