"""What was read all the same, but is worth a sentence: counted, with the first places it was seen at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nlpkit.notes import Note

SHOWN = 3
SHOWN_CHARS = 30


class FileNotes:
    """Notes about one file, each with how often it holds and the first three line numbers."""

    def __init__(self, file: Path | str) -> None:
        self.name = str(file)
        self._file = file
        self._counts: dict[str, int] = {}
        self._lines: dict[str, list[int]] = {}

    def add(self, what: str, lines: Iterable[int]) -> None:
        """Count `what`, such as "removed a label's spaces", once for each line, in the order of the file."""
        shown = self._lines.setdefault(what, [])
        for line in lines:
            self._counts[what] = self._counts.get(what, 0) + 1
            if len(shown) < SHOWN:
                shown.append(line)

    def all(self) -> tuple[Note, ...]:
        """One note for each thing that was counted."""
        paths = (self._file,) if isinstance(self._file, Path) else ()
        lines = {what: first("line", self._lines[what], count) for what, count in self._counts.items()}
        said = (f"{what}, {_times(count)} ({lines[what]})" for what, count in self._counts.items())
        return tuple(Note(f"{self.name}: {each}", paths=paths) for each in said)


def printable(name: str) -> str:
    """A name from a file as a message may have it: short, and without control characters.

    >>> printable("la" + chr(27) + "bel")
    'la\\\\x1bbel'
    """
    short = name if len(name) <= SHOWN_CHARS else f"{name[: SHOWN_CHARS - 1]}…"
    return short if short.isprintable() else repr(short)[1:-1]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def first(word: str, numbers: Iterable[int], count: int) -> str:
    """The first three of `count` numbers, in words.

    >>> first("line", [4], 1)
    'line 4'
    >>> first("row", [4, 9, 12, 15], 4)
    'rows 4, 9, 12 and 1 more'
    """
    shown = list(numbers)[:SHOWN]
    more = f" and {count - len(shown):,} more" if count > len(shown) else ""
    return f"{word}{'s' if count > 1 else ''} {', '.join(map(str, shown))}{more}"
