"""A label and then the text on each line, with a prefix as fastText has it or without; and plain text."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from sys import intern

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns
from nlpkit.data.reading.labels.names import AS_STRING, MULTI_LABEL
from nlpkit.data.reading.layout import FastTextLayout, LabelTextLayout, TxtLayout
from nlpkit.data.reading.notes import FileNotes, quoted
from nlpkit.data.reading.source.lines import Lines
from nlpkit.errors import DataError

_BLANKS = re.compile(r"[ \t]+")
_MARKS = re.compile(r"[,;:|!?.=\")\]>]|\s")  # what may stand between a label and its text by mistake
_COMMA = re.compile(",")


def read_fasttext(lines: Lines, layout: FastTextLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """One label and one text a line; blank lines are no records, a label alone has an empty text."""
    prefix = layout.label_prefix

    def several(content: str, number: int) -> tuple[list[str], str]:
        labels = []
        while content.startswith(prefix):
            label, content = _first_word(content)
            labels.append(label.removeprefix(prefix))
        if asked.label and _labelled(content, prefix):
            raise DataError(
                "the line has a label inside the text",
                hint="write all of its labels before the text",
                location=notes.at(number),
            )
        return labels, content

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
                "the line has several labels",
                hint=f"{MULTI_LABEL}, or keep one label a line",
                location=notes.at(number),
            )
        return label.removeprefix(prefix), text

    return _records(lines, several if layout.multi_label else parted, asked)


def read_label_text(
    lines: Lines, layout: LabelTextLayout, asked: Asked, notes: FileNotes
) -> Iterator[Columns]:
    """The same without a prefix: the first word of every line is the label."""
    return _records(lines, lambda content, number: _first_word(content), asked)


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


def check_ends(labels: Sequence[str], lines: Sequence[int], prefix: str, notes: FileNotes) -> None:
    """Refuse labels that end in the first word of the text, as in `good,The`, and note those that may.

    They do where the part before a comma comes again, before another word or as a label.
    """
    distinct = dict.fromkeys(labels)
    marks = _MARKS if prefix else _COMMA  # without a prefix, any other mark is a usual part of a label
    for mark in {match[0]: None for label in distinct for match in marks.finditer(label)}:
        parts = {label: label.split(mark, 1) for label in distinct if mark in label}
        heads = Counter([head for head, _ in parts.values()] + [*(distinct.keys() - parts)])
        again = [label for label, (head, _) in parts.items() if heads[head] > 1]
        found = ((label, line) for label, line in zip(labels, lines, strict=True) if label in parts)
        if mark == "," and 2 * len(again) >= len(distinct):
            label, line = next(found)
            fitting = f"write {prefix}{parts[label][0]}, a space and the text"
            raise DataError(
                f"the label is read as {quoted(label)}, because it ends at the first space",
                hint=f"{fitting}; if these names are meant, {AS_STRING}",
                location=f"{notes.name}:{line}",
            )
        if mark == "," or mark.isspace() or (again and _shared(tail for _, tail in parts.values())):
            said = f"read labels with {mark!r} in them, such as {quoted(next(iter(parts)))}"
            notes.add(f"{said}, up to the first space", (line for _, line in found))


def _shared(words: Iterable[str]) -> bool:
    """Whether one of them comes again."""
    return max(Counter(words).values(), default=0) > 1


def _records(
    lines: Lines, parted: Callable[[str, int], tuple[object, str]], asked: Asked
) -> Iterator[Columns]:
    """The records of all lines that are not blank, each of which `parted` makes a label and a text of."""
    columns = Columns()
    for number, line in enumerate(lines, start=1):
        if content := line.strip(" \t\r\n"):
            label, text = parted(content, number)
            columns.texts.append(text)
            columns.labels.append(_interned(label) if asked.label else "")
            columns.lines.append(number)
        if lines.few or len(columns.texts) == PIECE_ROWS:
            yield columns
            columns = Columns()
    yield columns


def _interned(label: object) -> object:
    return intern(label) if isinstance(label, str) else label


def _first_word(content: str) -> tuple[str, str]:
    word, *rest = _BLANKS.split(content, maxsplit=1)
    return word, rest[0] if rest else ""


def _labelled(text: str, prefix: str) -> bool:
    return prefix in text and any(word.startswith(prefix) for word in _BLANKS.split(text))
