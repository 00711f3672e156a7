"""Text that is safe to print: on a terminal, in a line, in a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

LOUD = "!" * 78
NAME_CHARS = 24  # of a class name in a table


def plain(text: str) -> str:
    """A text that is safe on a terminal: control characters and bidirectional controls as \\x escapes.

    >>> plain("red \\x1b[31m")
    'red \\\\x1b[31m'
    """
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """A text that is safe in a line of a terminal or a cell of a table.

    >>> one_line("two" + chr(10) + "lines")
    'two\\\\nlines'
    """
    return plain(text).replace("\n", "\\n").replace("\t", "\\t")


def cut(text: str, chars: int) -> str:
    """A text of so many characters at most; one that is longer ends in a mark.

    >>> cut("a long text", 7), cut("a text", 7)
    ('a long…', 'a text')
    """
    return text if len(text) <= chars else f"{text[: chars - 1]}…"


def short_names(names: Sequence[str], chars: int = NAME_CHARS) -> list[str]:
    """Names as a table has them: on one line, short, and still distinct.

    >>> short_names(["World", "a very long name of a class", "a very long name of a class, too"], 12)
    ['World', 'a very long…', 'a very lo…#3']
    """
    found: dict[str, None] = {}
    for place, name in enumerate(map(one_line, names), 1):
        short = cut(name, chars)
        while short in found or (short != name and short in names):
            mark = f"…#{place}"
            short = name[: chars - len(mark)] + mark
            place += len(names)
        found[short] = None
    return list(found)


def counted(count: int, one: str, several: str = "") -> str:
    """A number with the words that go with it.

    >>> counted(1, "row"), counted(2000, "row"), counted(1, "row has", "rows have")
    ('1 row', '2,000 rows', '1 row has')
    """
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Some names in words.

    >>> listed(["World", "Sports", "Chess"], 2)
    "'World', 'Sports' and 1 more"
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(f"'{name}'" for name in short_names(names[:most])) + more


_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
