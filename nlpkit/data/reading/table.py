"""CSV and TSV: rows to columns."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, compress, islice
from operator import itemgetter
from sys import intern
from typing import NamedTuple

from nlpkit.data.reading.columns import Chosen, choose
from nlpkit.data.reading.layout import PIECE_ROWS, Columns, Layout
from nlpkit.data.reading.lines import too_long
from nlpkit.data.reading.notes import FileNotes, line_breaks
from nlpkit.errors import DataError


class Records(NamedTuple):
    """Records that are not blank, and the line on which each begins."""

    lines: Sequence[int]
    cells: list[list[str]]


def read_table(lines: Iterable[str], layout: Layout, name: str, notes: FileNotes) -> Iterator[Columns]:
    """The wanted columns of a delimited file, in pieces; several text columns are joined by one space."""
    pieces = _pieces(lines, layout, name)
    piece = next(pieces, None)
    if piece is None:
        raise DataError("the file has no rows", hint="name a file with text in it", location=name)
    line, first = piece.lines[0], piece.cells[0]
    chosen = choose(first, layout, f"{name}:{line}")
    if chosen.headed:
        if layout.header is None and not any(isinstance(column, str) for column in layout.text):
            notes.add("took the first row for a header (set header = false if it is none)", [line])
        piece = Records(piece.lines[1:], piece.cells[1:]) if len(piece.cells) > 1 else next(pieces, None)
        if piece is None:
            raise DataError("there is a header and no row below it", hint="add rows to it", location=name)
    for some in chain([piece], pieces):
        _check(some, chosen, first, name)
        yield _columns(some, chosen)


def _check(piece: Records, chosen: Chosen, first: list[str], name: str) -> None:
    """Refuse the first row of another width, and a header that comes again."""
    if set(map(len, piece.cells)) == {chosen.width} and not (chosen.headed and first in piece.cells):
        return
    for line, row in zip(piece.lines, piece.cells, strict=True):
        if len(row) != chosen.width:
            raise _ragged(row, chosen.width, f"{name}:{line}")
        if chosen.headed and row == first:
            raise DataError(
                "the header once more",
                hint="remove this line: it is left over from joining files",
                location=f"{name}:{line}",
            )


def _columns(piece: Records, chosen: Chosen) -> Columns:
    cells = piece.cells
    texts = list(map(itemgetter(*chosen.text), cells))
    label, group = chosen.label, chosen.group
    return Columns(
        texts if len(chosen.text) == 1 else list(map(" ".join, texts)),
        [""] * len(cells) if label is None else [intern(row[label]) for row in cells],  # one string a class
        [] if group is None else [row[group] for row in cells],
        array("q", piece.lines),
    )


def _pieces(lines: Iterable[str], layout: Layout, name: str) -> Iterator[Records]:
    """Some rows at a time, none of them blank, and at least one; an error comes after the rows before it."""
    # The limit is the whole process's, so it is raised and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), layout.max_chars))
    reader = csv.reader(
        lines,
        delimiter=layout.delimiter,
        quoting=csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE,
        strict=True,
    )
    line = 1
    failed: Exception | None = None
    while failed is None:
        cells: list[list[str]] = []
        try:
            for row in islice(reader, PIECE_ROWS):
                cells.append(row)  # what came before an error has to stay
        except (csv.Error, DataError) as error:
            failed = error
        if not cells and failed is None:
            return
        *starts, line = _starts(cells, line, reader.line_num)
        if filled := list(filter(None, cells)):
            yield Records(list(compress(starts, cells)), filled)
    raise _unparsable(str(failed), layout, name, line) if isinstance(failed, csv.Error) else failed


def _starts(cells: Sequence[Sequence[str]], line: int, last: int) -> Iterable[int]:
    """The line each row begins on, from `line`, and that after all of them; `last` is the last one read."""
    if last == line + len(cells) - 1:
        return range(line, line + len(cells) + 1)
    return accumulate((1 + sum(map(line_breaks, row)) for row in cells), initial=line)


def _unparsable(reason: str, layout: Layout, name: str, line: int) -> DataError:
    message, hint = f"this row cannot be read: {reason}", "correct the row, or remove it"
    if "field larger" in reason:
        return too_long(name, line, layout.max_chars)
    if "unexpected end" in reason:
        message = "a quote is opened in the row that begins here, and never closed"
        hint = "close it, or set quoted = false if quote marks are ordinary characters"
    elif "expected after" in reason:
        message = "text goes on after a closing quote in the row that begins here"
        hint = 'write a quote inside quotes twice (""), or set quoted = false'
    return DataError(message, hint=hint, location=f"{name}:{line}")


def _ragged(row: Sequence[str], width: int, location: str) -> DataError:
    return DataError(
        f"this row has {len(row)} column{'s' * (len(row) > 1)}, not {width} like the first one",
        hint="quote a cell that has the delimiter in it, or add what is missing",
        location=location,
    )
