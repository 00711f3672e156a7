"""The columns beside text and label: the group of a split, and those that make slices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from sys import intern

from nlpkit.data.reading.columns import Asked, Columns
from nlpkit.data.reading.layout import Column, by_place
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.records.objects import kind_of
from nlpkit.errors import DataError


def cells_beside(columns: Columns, asked: Asked, notes: FileNotes) -> list[list[str]]:
    """The columns beside text and label: strings, and numbers as they are written. Those of slices may have
    nothing in a record, which is an empty string.
    """
    found = []
    for place, (column, values) in enumerate(zip(asked.beside, columns.others, strict=True)):
        blank = place >= len(asked.others)
        given = ["" if value is None and blank else value for value in values]
        for value, line in zip(given, columns.lines, strict=True):
            if not isinstance(value, str | int | float):
                said = f"{column!r} is {kind_of(value)}"
                raise DataError(said, hint="write a string or a number", location=notes.at(line))
        found.append([intern(value) if isinstance(value, str) else json.dumps(value) for value in given])
    return found


def column_name(column: Column, header: Sequence[str]) -> str:
    """The name of a column, by the header where it is asked for by number."""
    names, place = [cell.strip() for cell in header], int(column) if by_place(column) else -1
    return names[place] if column not in names and 0 <= place < len(names) else str(column)
