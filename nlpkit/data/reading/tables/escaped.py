"""Backslashes before quote marks that were read as they are."""

from __future__ import annotations

import re

from nlpkit.data.reading.columns import Columns
from nlpkit.data.reading.layout import Table
from nlpkit.data.reading.notes import FileNotes

_PAIR = re.compile(r'\\"[^"\\]+\\"')  # such as \"text\"


def note_escaped(columns: Columns, layout: Table, notes: FileNotes) -> None:
    r"""Note texts such as `say \"no\" now`, in which a backslash seems to make the quote marks ordinary."""
    if layout.escapechar is None and layout.quotechar == '"':
        both = zip(columns.texts, columns.lines, strict=True)
        if lines := [line for text, line in both if '\\"' in text and _PAIR.search(text)]:
            said = r'kept the backslashes of \"...\" (set escapechar = "\\" if they are no part of the text)'
            notes.add(said, lines)
