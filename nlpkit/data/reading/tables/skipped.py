"""Lines above a table that are skipped, and seem to be rows of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from nlpkit.data.reading.layout import Table, by_place
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.tables.dialect import rows_of
from nlpkit.data.reading.tables.header import USUAL_NAMES
from nlpkit.errors import DataError


def check_skipped(
    lines: Sequence[str], below: Sequence[Sequence[str]], layout: Table, notes: FileNotes
) -> None:
    """Refuse a skipped line that is a row with a label of the rows below; note one that may be a row.

    A model remembers how many lines its training file had above the table, and a new file may have none.
    """
    width = len(below[0])
    place = int(layout.label) if by_place(layout.label) else width
    labels = {row[place] for row in below if len(row) == width > place}  # none where there is no such column

    def is_row(line: str) -> bool:
        [row, *_] = rows_of([line], layout) or [[]]
        if len(row) != width:
            return False
        return row[place] in labels if labels else not {cell.strip().lower() for cell in row} <= USUAL_NAMES

    rows = sum(1 for _ in takewhile(is_row, reversed(lines)))
    above = layout.skip_rows - rows
    if rows and not labels:
        notes.add(f"skipped a line above the table (set skip_rows = {above} if it is a row)", [above + 1])
    elif rows:
        raise DataError(
            "this line is skipped, and is a row with a label of the rows below it",
            hint=f"set skip_rows = {above} if the table begins here, or remove this line",
            location=notes.at(above + 1),
        )
