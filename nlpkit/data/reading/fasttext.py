"""fastText's format, a label with a prefix and then the text; and plain text, one text a line."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from sys import intern

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns
from nlpkit.data.reading.layout import FastTextLayout, TxtLayout
from nlpkit.data.reading.lines import Lines
from nlpkit.data.reading.notes import FileNotes
from nlpkit.errors import DataError

_BLANKS = re.compile(r"[ \t]+")


def read_fasttext(lines: Lines, layout: FastTextLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """One label and one text a line; blank lines are no records, a label alone has an empty text."""
    name, columns = notes.name, Columns()
    for number, line in enumerate(lines, start=1):
        content = line.strip(" \t\r\n")
        if not content:
            continue
        label, text = _parted(content, layout.label_prefix)
        if not asked.label:
            text = content if label is None else text
        elif label is None:
            raise DataError(
                f"the line has no label: it does not begin with {layout.label_prefix!r}",
                hint=f"begin it with {layout.label_prefix} and the label's name",
                location=f"{name}:{number}",
            )
        elif _labelled(text, layout.label_prefix):
            raise DataError(
                "the line has several labels, and multi-label is not supported yet",
                hint="keep one label a line",
                location=f"{name}:{number}",
            )
        columns.texts.append(text)
        columns.labels.append("" if label is None or not asked.label else intern(label))
        columns.lines.append(number)
        if lines.few or len(columns.texts) == PIECE_ROWS:
            yield columns
            columns = Columns()
    yield columns


def read_plain(lines: Lines, layout: TxtLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """A text a line, without labels; a blank line is an empty text, so that numbers keep in step."""
    texts: list[str] = []
    first = 1
    for line in lines:
        texts.append(line.rstrip("\r\n"))
        if lines.few or len(texts) == PIECE_ROWS:
            yield _unlabelled(texts, first)
            first += len(texts)
            texts = []
    yield _unlabelled(texts, first)


def _unlabelled(texts: list[str], first: int) -> Columns:
    return Columns(texts, [""] * len(texts), lines=array("q", range(first, first + len(texts))))


def _parted(content: str, prefix: str) -> tuple[str | None, str]:
    if not content.startswith(prefix):
        return None, content
    label, *rest = _BLANKS.split(content, maxsplit=1)
    return label.removeprefix(prefix), rest[0] if rest else ""


def _labelled(text: str, prefix: str) -> bool:
    return prefix in text and any(word.startswith(prefix) for word in _BLANKS.split(text))
