"""CSV and TSV: rows to columns."""

from __future__ import annotations

import csv
from array import array
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, compress, islice
from operator import itemgetter
from sys import intern
from typing import NamedTuple

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, ColumnError, Columns, FirstRow, several_in_one_name
from nlpkit.data.reading.layout import Table
from nlpkit.data.reading.notes import FileNotes, line_breaks
from nlpkit.data.reading.source.lines import Lines
from nlpkit.data.reading.tables.dialect import (
    HEAD_CHARS,
    HEAD_LINES,
    csv_settings,
    filled,
    separator,
)
from nlpkit.data.reading.tables.escaped import note_escaped
from nlpkit.data.reading.tables.header import Chosen, beside_header, choose, is_header
from nlpkit.data.reading.tables.mended import UnevenError, goes_on, mended, unparsable
from nlpkit.data.reading.tables.skipped import check_skipped
from nlpkit.data.reading.tables.swallowed import Swallowed
from nlpkit.errors import DataError
from nlpkit.system.terminal import counted

_CURLY = tuple("“„«»‘‚")


class Records(NamedTuple):
    """Records that are not blank, and the line on which each begins."""

    lines: Sequence[int]
    cells: list[list[str]]


def read_table(
    lines: Lines, layout: Table, asked: Asked, notes: FileNotes
) -> Generator[Columns, None, FirstRow]:
    """The wanted columns of a delimited file, in pieces; several text columns are joined by one space.

    The first row is what the generator returns.
    """
    head: list[str] = []
    try:
        return (yield from _read(lines, _remembered(lines, head), layout, asked, notes))
    except UnevenError as error:
        raise mended(error, head, layout, asked) from None


def _read(
    lines: Lines, rest: Iterator[str], layout: Table, asked: Asked, notes: FileNotes
) -> Generator[Columns, None, FirstRow]:
    name = notes.name
    skipped = deque(islice(rest, layout.skip_rows), maxlen=HEAD_LINES)
    line = 1 + layout.skip_rows
    above = next(rest, "")
    if said := separator(above):
        layout = replace(layout, delimiter=said)
        notes.add(f"took the delimiter {said!r} from a line that says so", [line])
        line += 1
    else:
        rest = chain([above], rest)
    pieces = _pieces(lines, rest, layout, notes, line)
    piece = next(pieces, None)
    if piece is None:
        raise DataError("there are no rows", hint="name a file with text in it", location=name)
    line, first = piece.lines[0], piece.cells[0]
    headed = is_header(first, layout, asked)
    try:
        chosen = choose(first, layout, asked, headed or False, f"{name}:{line}")
    except DataError as error:
        there = [*map(str.strip, first), *map(str, range(len(first)))]
        if isinstance(error, ColumnError) and several_in_one_name(error.column, there):
            raise  # a delimiter that makes one column of them is no way out
        raise UnevenError(error) from None
    if headed:
        if layout.header is None and not any(isinstance(column, str) for column in layout.text):
            notes.add("took the first row for a header (set header = false if it is none)", [line])
        piece = Records(piece.lines[1:], piece.cells[1:]) if len(piece.cells) > 1 else next(pieces, None)
        if piece is None:
            raise DataError("there is a header and no row below it", hint="add rows to it", location=name)
        if len(piece.cells[0]) > chosen.width:
            piece = _filled(piece, pieces)
        chosen = beside_header(chosen, piece.cells, notes, piece.lines[0])
    if skipped and not headed:
        check_skipped(skipped, piece.cells, layout, notes)
    swallowed = Swallowed(layout, chosen, name)
    for some in chain([piece], pieces):
        some = _checked(some, chosen, first if headed else None, notes)
        columns = _columns(some, chosen)
        swallowed.look(some.lines, some.cells, columns.labels)
        note_escaped(columns, layout, notes)
        yield columns
    swallowed.finish()
    return FirstRow(tuple(first), headed)


def _remembered(lines: Iterable[str], head: list[str]) -> Iterator[str]:
    """The lines; the first of them stay in `head`."""
    rest = iter(lines)
    chars = 0
    for line in rest:
        head.append(line)
        chars += len(line)
        yield line
        if len(head) == HEAD_LINES or chars > HEAD_CHARS:
            break
    yield from rest


def _checked(piece: Records, chosen: Chosen, header: list[str] | None, notes: FileNotes) -> Records:
    """The rows of a piece; refused is one of another width, and a header that comes again."""
    if set(map(len, piece.cells)) == {chosen.width} and not (header and header in piece.cells):
        return piece
    kept = [True] * len(piece.cells)
    for place, (line, row) in enumerate(zip(piece.lines, piece.cells, strict=True)):
        if len(row) != chosen.width:
            _refuse(UnevenError(_ragged(row, chosen.width, notes.at(line))), line, row, notes)
        elif row == header:
            hint = "remove this line: it is left over from joining files"
            notes.refuse(DataError("the header once more", hint=hint, location=notes.at(line)), line, row)
        else:
            continue
        kept[place] = False
    return Records(list(compress(piece.lines, kept)), list(compress(piece.cells, kept)))


def _refuse(error: UnevenError, line: int, record: list[str] | None, notes: FileNotes) -> None:
    """Refuse one row: other settings that mend it are looked for, unless such rows are left out."""
    if notes.left_out is None:
        raise error
    notes.refuse(error.refusal, line, record)


def _columns(piece: Records, chosen: Chosen) -> Columns:
    cells = piece.cells
    texts = list(map(itemgetter(*chosen.text), cells))
    label = chosen.label
    return Columns(
        texts if len(chosen.text) == 1 else list(map(" ".join, texts)),
        [""] * len(cells) if label is None else [intern(row[label]) for row in cells],  # one string a class
        [[row[other] for row in cells] for other in chosen.others],
        array("q", piece.lines),
    )


def _filled(piece: Records, pieces: Iterator[Records]) -> Records:
    """A piece together with those after it, until it has a thousand rows."""
    numbers, cells = list(piece.lines), list(piece.cells)
    while len(cells) < PIECE_ROWS and (more := next(pieces, None)):
        numbers += more.lines
        cells += more.cells
    return Records(numbers, cells)


def _pieces(
    lines: Lines, rest: Iterable[str], layout: Table, notes: FileNotes, line: int
) -> Iterator[Records]:
    """Some rows at a time, none of them blank, and at least one; an error comes after the rows before it. A
    row with text behind a closing quote may be left out: the next row begins on the next line.

    `rest` are the lines of the table, and `line` is the number of the first one.
    """
    # The limit is the whole process's, so it is raised and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), layout.max_chars))
    reader = csv.reader(rest, **csv_settings(layout))
    above, widest = line - 1, 0
    failed: Exception | None = None
    while failed is None:
        cells: list[list[str]] = []
        try:
            for row in islice(reader, PIECE_ROWS):
                cells.append(row)  # what came before an error has to stay
                if lines.few:
                    break
        except (csv.Error, DataError) as error:
            failed = error
        if not cells and failed is None:
            return
        *starts, line = _starts(cells, line, above + reader.line_num)
        widest = max(widest, *map(len, cells), 0)
        kept = filled(cells, widest)
        if any(kept):
            yield Records(list(compress(starts, kept)), list(compress(cells, kept)))
        if isinstance(failed, csv.Error):
            refusal = unparsable(str(failed), layout, notes.name, line)
            if not (isinstance(refusal, UnevenError) and goes_on(failed)):
                raise refusal
            _refuse(refusal, line, None, notes)
            line, failed = above + reader.line_num + 1, None
    raise failed


def _starts(cells: Sequence[Sequence[str]], line: int, last: int) -> Iterable[int]:
    """The line each row begins on, from `line`, and that after all of them; `last` is the last one read."""
    if last == line + len(cells) - 1:
        return range(line, line + len(cells) + 1)
    return accumulate((1 + sum(map(line_breaks, row)) for row in cells), initial=line)


def _ragged(row: Sequence[str], width: int, location: str) -> DataError:
    curly = any(cell.lstrip().startswith(_CURLY) for cell in row)
    how = ' with ", since curly quotes wrap no cell' if curly else ", or add what is missing"
    return DataError(
        f"this row has {counted(len(row), 'column')}, not {width} like the first one",
        hint=f"quote a cell that has the delimiter in it{how}",
        location=location,
    )
