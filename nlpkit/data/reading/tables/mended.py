"""Refusals of rows that cannot be read, and what mends them: other settings, which are tried."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.layout import Table
from nlpkit.data.reading.notes import printable
from nlpkit.data.reading.source.lines import too_long
from nlpkit.data.reading.tables.dialect import better_delimiter, read_with, reads, written
from nlpkit.errors import DataError

_SHOWN = 8  # columns
_AFTER_QUOTE = "text goes on after a closing quote in the row that begins here"


class UnevenError(Exception):
    """A refusal that other settings of the table may mend; `unquoted` where quote marks may be the fault."""

    def __init__(self, refusal: DataError, *, unquoted: bool = False) -> None:
        super().__init__(str(refusal))
        self.refusal, self.unquoted = refusal, unquoted


def unparsable(reason: str, layout: Table, name: str, line: int) -> Exception:
    """The refusal of a row that the csv module cannot read."""
    message, hint = f"this row cannot be read: {reason}", "correct the row, or remove it"
    unquoted = True
    if "field larger" in reason:
        return too_long(f"{name}:{line}", layout.max_chars)
    if "unexpected end" in reason:
        message = "a quote is opened in the row that begins here, and never closed"
        hint = "close it"
    elif "expected after" in reason:
        message = _AFTER_QUOTE
        hint = 'write a quote inside quotes twice ("")'
    else:
        unquoted = False
    return UnevenError(DataError(message, hint=hint, location=f"{name}:{line}"), unquoted=unquoted)


def goes_on(reason: csv.Error) -> bool:
    """Whether the csv module can go on behind a row it cannot read: not where a quote is never closed."""
    return "expected after" in str(reason)


def mended(error: UnevenError, head: Sequence[str], layout: Table, asked: Asked) -> DataError:
    """The refusal, with the settings that the first lines can be read with, where there are some."""
    refusal = error.refusal
    one_column = f"only one column with the delimiter {layout.delimiter!r}"
    if settings := read_with(head, layout, asked):
        alone = "delimiter" in settings and layout.delimiter not in head[layout.skip_rows]
        hint = f"the first lines can be read with {written(settings)}"
        return DataError(one_column if alone else refusal.message, hint=hint, location=refusal.location)
    if settings := better_delimiter(head, layout):
        columns = head[layout.skip_rows].strip().split(settings["delimiter"])
        names = ", ".join(map(printable, columns[:_SHOWN])) + ", …" * (len(columns) > _SHOWN)
        hint = f"with {written(settings)} the first line has {len(columns)}: {names}"
        return DataError(one_column, hint=hint, location=refusal.location)
    if refusal.message == _AFTER_QUOTE and _spaced(head, layout):
        message = "there are spaces between a closing quote and the delimiter in the row that begins here"
        return DataError(message, hint=f"remove them{_sed(layout.delimiter)}", location=refusal.location)
    if error.unquoted and reads(head, replace(layout, quoted=False), asked):
        refusal.hint += ", or set quoted = false if quote marks are ordinary characters"
    return refusal


def _spaced(head: Sequence[str], layout: Table) -> bool:
    """Whether a line has spaces after a closing quote, and then the delimiter."""
    quote, delimiter = re.escape(layout.quotechar), re.escape(layout.delimiter)
    spaced = re.compile(rf"(^|{delimiter}) *{quote}[^{quote}]*{quote} +{delimiter}")
    return any(map(spaced.search, head))


def _sed(delimiter: str) -> str:
    """What does that to a file, for the usual delimiters."""
    mark = r"\t" if delimiter == "\t" else delimiter
    return f""": sed 's/" *{mark} */"{mark}/g' FILE > NEW""" if delimiter in ",;|\t" else ""
