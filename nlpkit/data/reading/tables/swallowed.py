"""Quoted cells that have swallowed other cells or rows: two stray quote marks that happen to pair."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from nlpkit.data.reading.layout import Table
from nlpkit.data.reading.tables.dialect import rows_of
from nlpkit.data.reading.tables.header import Chosen
from nlpkit.errors import DataError

_BREAK = re.compile(r"\r\n|\n|\r")


class Swallowed:
    """Looks at the rows of one table while it is read; does nothing where the layout says what quotes are.

    In a file of tabs no cell has a tab or a line break in it. In others a cell may have line breaks, but no
    line in it that is a row, with a label that other rows have.
    """

    def __init__(self, layout: Table, chosen: Chosen, name: str) -> None:
        self._layout, self._chosen, self._name = layout, chosen, name
        self._suspects: dict[
            str, tuple[int, int]
        ] = {}  # a label: where a cell has a row of it, and how many lines
        self._labels: set[object] = set()

    def look(self, lines: Sequence[int], cells: Sequence[Sequence[str]], labels: Sequence[object]) -> None:
        """Refuse what can be told at once, and keep the rest in mind."""
        if self._layout.quoted is not None:
            return
        if self._chosen.label is not None:
            self._labels.update(labels)
        tabs = self._layout.delimiter == "\t"
        joined = "\0".join(chain.from_iterable(cells))
        if "\n" not in joined and "\r" not in joined and not (tabs and "\t" in joined):
            return
        for line, row in zip(lines, cells, strict=True):
            for place, cell in enumerate(row):
                if tabs and any(mark in cell for mark in "\t\r\n"):
                    raise self._refusal(line, "a tab" if "\t" in cell else "a line break")
                if "\n" in cell or "\r" in cell:
                    for label, count in self._rows_in(row, place):
                        self._suspects.setdefault(label, (line, count))

    def finish(self) -> None:
        """Refuse the first cell that has a row in it with a label of other rows."""
        found = [place for label, place in self._suspects.items() if label in self._labels]
        if found:
            line, count = min(found)
            raise self._refusal(line, f"{count} lines, and some of these are rows by themselves")

    def _rows_in(self, row: Sequence[str], place: int) -> Iterator[tuple[str, int]]:
        """The labels of lines of a cell that are whole rows, together with the cells beside it."""
        label = self._chosen.label
        lines = _BREAK.split(row[place])
        for number, line in enumerate(lines if label is not None else ()):
            [inside, *_] = rows_of([line], self._layout) or [[]]
            before = row[:place] if number == 0 else ()
            after = row[place + 1 :] if number == len(lines) - 1 else ()
            own = (label or 0) - len(before)  # the label's place in this line, where it is in it
            if len(before) + len(inside) + len(after) == self._chosen.width and 0 <= own < len(inside):
                yield inside[own], len(lines)

    def _refusal(self, line: int, what: str) -> DataError:
        return DataError(
            f"a quoted cell in the row that begins here has {what}",
            hint="set quoted = false if quote marks are ordinary characters, or quoted = true if it is right",
            location=f"{self._name}:{line}",
        )
