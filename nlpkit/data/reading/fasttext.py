"""A label and then the text on each line, with a prefix as fastText has it or without; and plain text."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from sys import intern

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns
from nlpkit.data.reading.layout import FastTextLayout, LabelTextLayout, TxtLayout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.errors import DataError

_BLANKS = re.compile(r"[ \t]+")


def read_fasttext(
    lines: Iterable[str], layout: FastTextLayout, asked: Asked, notes: FileNotes
) -> Iterator[Columns]:
    """One label and one text a line; blank lines are no records, a label alone has an empty text."""
    prefix = layout.label_prefix

    def parted(content: str, number: int) -> tuple[str, str]:
        label, text = _first_word(content) if content.startswith(prefix) else ("", content)
        if asked.label and not label:
            raise DataError(
                f"the line has no label: it does not begin with {prefix!r}",
                hint=f"begin it with {prefix} and the label's name",
                location=notes.at(number),
            )
        if asked.label and _labelled(text, prefix):
            raise DataError(
                "the line has several labels, and multi-label is not supported yet",
                hint="keep one label a line",
                location=notes.at(number),
            )
        return label.removeprefix(prefix), text

    return _records(lines, parted, asked)


def read_label_text(
    lines: Iterable[str], layout: LabelTextLayout, asked: Asked, notes: FileNotes
) -> Iterator[Columns]:
    """The same without a prefix: the first word of every line is the label."""
    return _records(lines, lambda content, number: _first_word(content), asked)


def read_plain(lines: Iterable[str], layout: TxtLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """A text a line, without labels; a blank line is an empty text, so that numbers keep in step."""
    rest = (line.rstrip("\r\n") for line in lines)
    for start in count(1, PIECE_ROWS):
        if not (texts := list(islice(rest, PIECE_ROWS))):
            return
        yield Columns(texts, [""] * len(texts), lines=array("q", range(start, start + len(texts))))


def _records(
    lines: Iterable[str], parted: Callable[[str, int], tuple[str, str]], asked: Asked
) -> Iterator[Columns]:
    """The records of all lines that are not blank, each of which `parted` makes a label and a text of."""
    columns = Columns()
    for number, line in enumerate(lines, start=1):
        if content := line.strip(" \t\r\n"):
            label, text = parted(content, number)
            columns.texts.append(text)
            columns.labels.append(intern(label) if asked.label else "")
            columns.lines.append(number)
        if len(columns.texts) == PIECE_ROWS:
            yield columns
            columns = Columns()
    yield columns


def _first_word(content: str) -> tuple[str, str]:
    word, *rest = _BLANKS.split(content, maxsplit=1)
    return word, rest[0] if rest else ""


def _labelled(text: str, prefix: str) -> bool:
    return prefix in text and any(word.startswith(prefix) for word in _BLANKS.split(text))
