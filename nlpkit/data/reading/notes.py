"""What was read all the same, but is worth a sentence: counted, with the first places it was seen at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Self

from nlpkit.errors import DataError
from nlpkit.notes import Note
from nlpkit.system.terminal import cut

LeftOut = Callable[[DataError, str, int, object], None]  # with what records are counted in, which, and itself

SHOWN = 3
SHOWN_CHARS = 30


class FileNotes:
    """Notes about one file, each with how often it holds and the first three line numbers.

    `word` is what its numbers count where these are no lines.
    """

    def __init__(self, file: Path | str, word: str = "line") -> None:
        self.name = str(file)
        self.word = word
        self.left_out: LeftOut | None = None
        self._words: dict[str, str] = {}
        self._file = file
        self._counts: Counter[str] = Counter()
        self._lines: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, what: str, lines: Iterable[int], count: int | None = None) -> None:
        """Count `what`, such as "removed a label's spaces", once for each line, in the order of the file.

        With a `count`, no more lines are asked for than are shown.
        """
        found = list(lines if count is None else islice(lines, min(count, SHOWN)))
        self._words[what] = self.word
        self._counts[what] += len(found) if count is None else count
        self._lines[what] = (self._lines[what] + found)[:SHOWN]

    def refuse(self, error: DataError, number: int, record: object) -> None:
        """Raise the refusal of one record, or hand it to `left_out`, where such records are left out: the
        reader goes on behind it then.
        """
        if self.left_out is None:
            raise error
        self.left_out(error, self.word, number, record)

    def take(self, notes: FileNotes, number: Callable[[int], int]) -> None:
        """Count what other notes counted; `number` says which number here a number of theirs is."""
        for what, count in notes._counts.items():
            self.add(what, map(number, notes._lines[what]), count)

    def told(self) -> list[tuple[str, str, int, list[int]]]:
        """What was counted, as JSON can hold it: what, the word of the numbers, how often, and the first."""
        return [(what, self._words[what], count, self._lines[what]) for what, count in self._counts.items()]

    def counting(self, word: str) -> Self:
        """The same notes, for who counts other things than this does."""
        others = copy(self)
        others.word = word
        return others

    def at(self, number: int) -> str:
        """Where a record is, as the location of an error."""
        return place(self.name, self.word, number)

    def offset(self, offset: int) -> int:
        """Where a byte is that was read."""
        return offset

    def where(self, numbers: Iterable[int], count: int) -> str:
        """The first three of `count` records, in words."""
        return first(self.word, numbers, count)

    def all(self) -> tuple[Note, ...]:
        """One note for each thing that was counted."""
        paths = (self._file,) if isinstance(self._file, Path) else ()
        return tuple(
            Note(
                f"{self.name}: {what}, {'once' if count == 1 else f'{count:,} times'} "
                f"({self.counting(self._words[what]).where(self._lines[what], count)})",
                paths=paths,
            )
            for what, count in self._counts.items()
            if count
        )


def place(name: str, word: str, number: int) -> str:
    """Where a record of a file is.

    >>> place("a.csv", "line", 3), place("a.parquet", "row", 3)
    ('a.csv:3', 'a.parquet, row 3')
    """
    return f"{name}:{number}" if word == "line" else f"{name}, {word} {number}"


def line_breaks(text: str) -> int:
    r"""How often a line ends in `text`: with \n, \r\n or \r, and with nothing else."""
    crs = text.count("\r") - text.count("\r\n") if "\r" in text else 0
    return text.count("\n") + crs


def printable(name: str) -> str:
    """A name from a file as a message may have it: short, and without control characters.

    >>> printable("la" + chr(27) + "bel")
    'la\\\\x1bbel'
    """
    short = cut(name, SHOWN_CHARS)
    return short if short.isprintable() else repr(short)[1:-1]


def quoted(name: str) -> str:
    """The same in quotes.

    >>> quoted("la" + chr(0x200B) + "bel")
    "'la\\\\u200bbel'"
    """
    return repr(cut(name, SHOWN_CHARS))


def first(word: str, numbers: Iterable[int], count: int) -> str:
    """The first three of `count` numbers, in words.

    >>> first("line", [4], 1)
    'line 4'
    >>> first("row", [4, 9, 12, 15], 4)
    'rows 4, 9, 12 and 1 more'
    """
    shown = list(numbers)[:SHOWN]
    return f"{word}{'s' if count > 1 else ''} {', '.join(map(str, shown))}{more(count)}"


def more(count: int) -> str:
    """How many of `count` are not among the first three, in words; empty where all are."""
    return f" and {count - SHOWN:,} more" if count > SHOWN else ""
