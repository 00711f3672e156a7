"""What answers are written as in a file, by its ending."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from nlpkit.errors import ConfigError
from nlpkit.predicting.answers import Answered, Content, Lines, json_lines, table_head, table_lines
from nlpkit.predicting.growing import ROWS, Form

JSON_ENDINGS: Final = (".jsonl", ".ndjson")
OF_ARROW: Final = (".parquet", ".arrow")
_DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}
ENDINGS: Final = (*_DELIMITERS, *JSON_ENDINGS, *OF_ARROW)


def form(content: Content, ending: str) -> Form:
    """What answers are written as, in a file with this ending."""
    if ending in OF_ARROW:
        from nlpkit.predicting.parquet import ArrowGroups

        return ArrowGroups(content, ending)
    if delimiter := _DELIMITERS.get(ending):
        return TextLines(table_lines(content, delimiter), f"{table_head(content, delimiter)}\n")
    return TextLines(json_lines(content))


def require_writable(ending: str) -> None:
    """MissingError where a file with this ending takes a library that is not here."""
    if ending in OF_ARROW:
        from nlpkit.predicting.parquet import pyarrow

        pyarrow(ending)


def check_names(content: Content, *, in_json: bool) -> None:
    """Refuse columns that are kept under a name that another one has."""
    if both := [name for name in content.kept if name in content.added]:
        message = f"the column {both[0]!r} is kept, and a plugin adds one of that name"
        raise ConfigError(message, hint="rename the column in the input, or leave out --add")
    own = ["row", *content.own, "top", "probabilities", "note"]
    if not in_json:
        own = replace(content, kept=()).columns
    for place, name in enumerate(content.kept):
        if name in own:
            raise ConfigError(
                f"the output has a {name!r} of its own, so the column cannot be kept under that name",
                hint="rename the column in the input",
            )
        if name in content.kept[:place]:
            raise ConfigError(f"the column {name!r} is kept twice", hint="name it once")


class TextLines:
    """Answers as lines of UTF-8, below a `head`."""

    final = ROWS
    waits = False

    def __init__(self, lines: Lines, head: str = "") -> None:
        self._lines, self._head = lines, head

    def go_on(self, written: Path) -> None:
        """Go on with what is written already."""
        if written.stat().st_size:
            self._head = ""

    def add(self, some: Answered) -> bytes:
        """What to write once these are answered."""
        return self.rest() + "".join([f"{line}\n" for line in self._lines(some)]).encode()

    def rest(self) -> bytes:
        """The head, where it is not written yet."""
        head, self._head = self._head, ""
        return head.encode()

    def finish(self, written: Path) -> None:
        """It is what it is to be."""
