"""Several labels of one text: read from a cell or a list, and written as one cell again.

A cell has the names of a text's labels in string order, with a separator between them, and is empty where
there is none: equal sets are equal cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from nlpkit.data.reading.labels.names import label_names
from nlpkit.data.reading.labels.several import looks_like_a_list
from nlpkit.data.reading.labels.spellings import stripped
from nlpkit.data.reading.layout import LabelType
from nlpkit.data.reading.notes import FileNotes, quoted
from nlpkit.errors import DataError

SEPARATOR = "|"
_LIKELY = "|;\n\t,\uff5c\uff1b\u061b\uff0c\u3001\u060c"  # a slash, a plus or a space is often part of a name
_ON, _OFF = {"1", "1.0", "true"}, {"0", "0.0", "false"}


def joined(names: Iterable[str], separator: str) -> str:
    """The cell of some names.

    >>> joined(["oil", "art", "oil"], "|")
    'art|oil'
    """
    return separator.join(sorted(set(names)))


def parts(cell: str, separator: str) -> tuple[str, ...]:
    """The names in a cell.

    >>> parts("art|oil", "|"), parts("", "|")
    (('art', 'oil'), ())
    """
    return tuple(cell.split(separator)) if cell else ()


def separator_of(names: Iterable[str]) -> str:
    """The first usual separator that no name has in it."""
    every = set("".join(names))
    return next((mark for mark in _LIKELY if mark not in every), SEPARATOR)


def label_cells(
    values: Sequence[object],
    lines: Sequence[int],
    notes: FileNotes,
    *,
    separator: str | None = None,
    label_type: LabelType = "auto",
) -> tuple[list[str], str]:
    """A cell for each raw value, a list of labels or a string of some, and the separator of all cells.

    Where no separator is given, it is found among the usual ones. DataError where several could be it, where
    a name has it inside, where a value is missing, and where labels are against the rules for single ones.
    """
    found = separator or _separator(values, lines, notes)
    rows = [_listed(value, found, notes.at(line)) for value, line in zip(values, lines, strict=True)]
    if empty := [line for row, line in zip(rows, lines, strict=True) if "" in row]:
        notes.add("removed an empty part of the labels", empty)
        rows = [[each for each in row if each != ""] for row in rows]
    flat = list(chain.from_iterable(rows))
    flat_lines = [line for row, line in zip(rows, lines, strict=True) for _ in row]
    names = label_names(flat, flat_lines, notes, label_type=label_type, several=True)
    _check_separator(names, flat_lines, found, notes)
    rest = iter(names)
    sets = [[next(rest) for _ in row] for row in rows]
    twice = [line for names, line in zip(sets, lines, strict=True) if len(set(names)) < len(names)]
    if twice:
        notes.add("removed a label that its row has twice", twice)
    return [joined(names, found) for names in sets], found


def marked_labels(
    columns: Sequence[str | int], rows: Iterable[Sequence[object]], lines: Iterable[int], notes: FileNotes
) -> list[object]:
    """The columns that say 1 or true in each row, whose cells say 0 or false everywhere else."""
    found: list[object] = []
    for row, line in zip(rows, lines, strict=True):
        words = [str(cell).strip().lower() for cell in row]
        for column, word, cell in zip(columns, words, row, strict=True):
            if word not in _ON | _OFF:
                raise DataError(
                    f"the column {column!r} of a label has {_shown(cell)}, and 0 or 1 is expected",
                    hint="write 1 where the text has the label and 0 where it has not",
                    location=notes.at(line),
                )
        found.append([str(column) for column, word in zip(columns, words, strict=True) if word in _ON])
    return found


def _shown(cell: object) -> str:
    return "an empty cell" if cell in (None, "") else quoted(str(cell))


def _listed(value: object, separator: str, location: str) -> list[object]:
    if isinstance(value, str):
        if looks_like_a_list(value):
            raise DataError(
                f"the labels {quoted(value)} are a list that is written as a string",
                hint=f"write the names alone, with {separator!r} between them, or a list in a JSON file",
                location=location,
            )
        content = stripped(value)
        return [stripped(part) for part in content.split(separator)] if content else []
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
    if value is None:
        raise DataError(
            "the labels are missing",
            hint="write an empty list for a text that has none, or remove the row",
            location=location,
        )
    return [value]


def _separator(values: Sequence[object], lines: Sequence[int], notes: FileNotes) -> str:
    """The one usual separator that any string has; SEPARATOR where none has any."""
    strings = [(value, line) for value, line in zip(values, lines, strict=True) if isinstance(value, str)]
    there = {mark: line for mark in _LIKELY for value, line in strings[::-1] if mark in stripped(value)}
    if len(there) > 1:
        listed = " and ".join(f"{mark!r} (line {line})" for mark, line in there.items())
        raise DataError(
            f"several characters could stand between labels: {listed}",
            hint='name the one that does: label_separator = "|"',
            location=notes.name,
        )
    if there:
        return next(iter(there))
    lists = (value for value in values if isinstance(value, list))
    return separator_of(str(name) for names in lists for name in names)


def _check_separator(names: Sequence[str], lines: Sequence[int], separator: str, notes: FileNotes) -> None:
    for name, line in zip(names, lines, strict=True):
        if separator in name:
            raise DataError(
                f"the label {quoted(name)} has {separator!r} in it, which stands between labels",
                hint='name a character that no label has, such as label_separator = ";"',
                location=notes.at(line),
            )
