"""Records that could not be read and were left out."""

from __future__ import annotations

from array import array
from json import dumps
from pathlib import Path
from typing import BinaryIO

from nlpkit.errors import DataError
from nlpkit.notes import Note


class LeftOut:
    """The records that could not be read and were left out: `lines` has where they begin, in order.

    Each is written to a file, where there is one, in a line of JSON.
    """

    def __init__(self) -> None:
        self.lines: array[int] = array("q")
        self.word = "line"
        self.first: DataError | None = None
        self._written = 0
        self._file: BinaryIO | None = None

    def write_to(self, file: BinaryIO | None, before: int) -> None:
        """Write them to a file, which has the first of them `before`."""
        self._file, self._written = file, before

    def __call__(self, error: DataError, word: str, number: int, record: object) -> None:
        self.lines.append(number)
        self.first, self.word = self.first or error, word
        if self._file and len(self.lines) > self._written:
            row = {word: number, "place": error.location, "reason": error.message, "hint": error.hint}
            said = row if record is None else {**row, "record": record}
            self._file.write(dumps(said, default=str).encode() + b"\n")

    def notes(self, errors: Path | None) -> list[Note]:
        """How many they are, where the first of them are, and where all."""
        from nlpkit.data.reading.notes import first
        from nlpkit.system.terminal import counted

        if not (count := len(self.lines)):
            return []
        said = counted(count, "record was left out, which", "records were left out, which")
        where = f": see {errors}" if errors else ""
        return [Note(f"{said} cannot be read ({first(self.word, self.lines, count)}){where}")]
