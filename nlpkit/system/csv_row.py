"""A row of CSV that any reader gives back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def csv_row(cells: Iterable[object], delimiter: str = ",") -> str:
    """Cells in a line, without its end. A cell with a line end in it is quoted, a lone carriage return too.

    >>> csv_row([1, "World", "Sci,Tech"])
    '1,World,"Sci,Tech"'
    """
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=delimiter).writerow(cells)
    return line.getvalue().removesuffix("\r\n")  # with these as its end, the writer quotes both in a cell
