"""fastText's format, a label with a prefix and then the text; and plain text, one text a line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlpkit.data.layout import Columns, Layout
from nlpkit.errors import DataError

_BLANKS = re.compile(r"[ \t]+")


def read_fasttext(lines: Iterable[str], layout: Layout, name: str) -> Columns:
    """One label and one text a line; blank lines are no records, a label alone has an empty text."""
    columns = Columns()
    for number, line in enumerate(lines, start=1):
        content = line.strip(" \t\r\n")
        if not content:
            continue
        label, text = _parted(content, layout.label_prefix)
        if layout.label is None:
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
        columns.labels.append("" if layout.label is None else label)
        columns.lines.append(number)
    return columns


def read_plain(lines: Iterable[str]) -> Columns:
    """A text a line, without labels; a blank line is an empty text, so that numbers keep in step."""
    texts = [line.rstrip("\r\n") for line in lines]
    columns = Columns(texts=texts, labels=[""] * len(texts))
    columns.lines.extend(range(1, len(texts) + 1))
    return columns


def _parted(content: str, prefix: str) -> tuple[str | None, str]:
    if not content.startswith(prefix):
        return None, content
    label, *rest = _BLANKS.split(content, maxsplit=1)
    return label.removeprefix(prefix), rest[0] if rest else ""


def _labelled(text: str, prefix: str) -> bool:
    return prefix in text and any(word.startswith(prefix) for word in _BLANKS.split(text))
