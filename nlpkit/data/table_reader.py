"""CSV and TSV: rows to columns."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from nlpkit.data.columns import Chosen, choose
from nlpkit.data.layout import Columns, Layout
from nlpkit.data.lines import too_long
from nlpkit.data.notes import Notes
from nlpkit.errors import DataError


def read_table(lines: Iterable[str], layout: Layout, name: str, notes: Notes) -> Columns:
    """The wanted columns of a delimited file; several text columns are joined by one space."""
    rows = _rows(lines, layout, name)
    line, first = next(rows, (1, []))
    if not first:
        raise DataError("the file has no rows", hint="name a file with texts in it", location=name)
    chosen = choose(first, layout, f"{name}:{line}")
    columns = Columns()
    if not chosen.headed:
        _add(columns, chosen, line, first)
    elif layout.header is None and not any(isinstance(column, str) for column in layout.text):
        notes.add("took the first row for a header (set header = false if it is none)", [line])
    _add_rest(columns, chosen, rows, first, name)
    if not columns.texts:
        raise DataError("there is a header and no row below it", hint="add rows to it", location=name)
    return columns


def _add_rest(
    columns: Columns, chosen: Chosen, rows: Iterator[tuple[int, list[str]]], first: list[str], name: str
) -> None:
    width, headed = chosen.width, chosen.headed
    for line, row in rows:
        if len(row) != width:
            raise _ragged(row, width, f"{name}:{line}")
        if headed and row == first:
            raise DataError(
                "the header once more",
                hint="remove this line: it is left over from joining files",
                location=f"{name}:{line}",
            )
        _add(columns, chosen, line, row)


def _add(columns: Columns, chosen: Chosen, line: int, row: Sequence[str]) -> None:
    text = chosen.text
    columns.texts.append(row[text[0]] if len(text) == 1 else " ".join([row[i] for i in text]))
    columns.labels.append("" if chosen.label is None else row[chosen.label])
    columns.lines.append(line)
    if chosen.group is not None:
        columns.groups.append(row[chosen.group])


def _rows(lines: Iterable[str], layout: Layout, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it begins on."""
    # The limit is the whole process's, so it is raised and never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), layout.max_chars))
    reader = csv.reader(
        lines,
        delimiter=layout.delimiter,
        quoting=csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE,
        strict=True,
    )
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise _unparsable(str(error), layout, name, line) from error


def _unparsable(reason: str, layout: Layout, name: str, line: int) -> DataError:
    location = f"{name}:{line}"
    if "field larger" in reason:
        return too_long(name, line, layout.max_chars)
    if "unexpected end" in reason:
        return DataError(
            "a quote is opened in the row that begins here, and never closed",
            hint="close it, or set quoted = false if quote marks are ordinary characters",
            location=location,
        )
    if "expected after" in reason:
        return DataError(
            "text goes on after a closing quote in the row that begins here",
            hint='write a quote inside quotes twice (""), or set quoted = false',
            location=location,
        )
    return DataError(
        f"this row cannot be read: {reason}", hint="correct the row, or remove it", location=location
    )


def _ragged(row: Sequence[str], width: int, location: str) -> DataError:
    return DataError(
        f"this row has {len(row)} column{'s' * (len(row) > 1)}, not {width} like the first one",
        hint="quote a cell that has the delimiter in it, or add what is missing",
        location=location,
    )
