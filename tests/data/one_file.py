"""Reading a file as the command line does, and lines as readers get them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.readers import TextFile, read_file
from nlpkit.data.reading.source.lines import Lines


def read_texts(path: Path, *, format: str | None = None, labelled: bool = True, **settings: Any) -> TextFile:
    """Read one file, laid out as its name says and the settings that are given."""
    return read_file(path, layout_of(path, settings, format=format), Asked(label=labelled))


class GivenLines(Lines):
    """Lines that are given one by one."""

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__([], name="", max_chars=1)
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)
