"""A part of a file that is read as if it were a file: some of its bytes, or of its groups of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from nlpkit.data.reading.notes import SHOWN, FileNotes
from nlpkit.data.reading.source.files import TEXT, HashedFile, Wanted
from nlpkit.data.texts import SourceFile
from nlpkit.errors import DataError

_CHANGED: Final = "the file is not the one that was cut into shards"


@dataclass(frozen=True)
class Shard:
    """Records of a file that are read without those above them: its bytes from `start` up to `end`, or its
    row groups. With no `end` it is the whole file.

    `size` and `modified`, in nanoseconds, are the file's. Its first `head` bytes, or `head_lines` lines, are
    read with each shard: the header of a table. `lines` and `rows` are those above the shard, and `count` is
    how many records are in it, where they were counted. `bytes` is its share of the file, and `settings` are
    those of its layout that differ from the file's. Places in it are counted by `word`.
    """

    path: Path
    size: int
    modified: int
    start: int = 0
    end: int | None = None
    head: int = 0
    head_lines: int = 0
    lines: int = 0
    rows: int = 0
    count: int | None = None
    bytes: int = 0
    word: str = "line"
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def below_others(self) -> bool:
        """Whether it is not the first one of its file."""
        return self.start > 0

    def number(self, number: int) -> int:
        """Which line or row of the file one of the shard is, both from 1."""
        return number if number <= self.head_lines else number - self.head_lines + self.lines

    def offset(self, offset: int) -> int:
        """Which byte of the file one of the shard is."""
        return offset if offset < self.head else offset - self.head + self.start

    def in_file(self, error: DataError) -> DataError:
        """A refusal, with its place in the file."""
        before, line, behind = _split(error.location, str(self.path))
        error.location = f"{before}{self.number(line)}{behind}" if line else error.location
        return error

    def __str__(self) -> str:
        if self.end is None:
            return str(self.path)
        return f"{self.path}, {self.bytes:,} bytes from {self.word} {self.lines + 1:,}"


class ShardFile(HashedFile):
    """The bytes of a shard, read as a file; DataError where it is not the file any more that was cut."""

    def __init__(self, shard: Shard, wanted: Wanted = TEXT) -> None:
        super().__init__(shard.path, wanted)
        self.shard = shard
        if (self._before.st_size, self._before.st_mtime_ns) != (shard.size, shard.modified):
            self._file.close()
            hint = "predict it again, into another folder"
            raise DataError(_CHANGED, hint=hint, location=str(shard.path))
        end = shard.size if shard.end is None else shard.end
        self._size = shard.head + end - shard.start

    @property
    def is_part(self) -> bool:
        """Whether it is not all of the file."""
        return self.shard.end is not None

    @property
    def size(self) -> int:
        """The bytes of the shard and of the head above it."""
        return self._size

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size` of them."""
        if self.read_size == self.shard.head:
            self._file.seek(self.shard.start)
        left = (self.size if self.read_size >= self.shard.head else self.shard.head) - self.read_size
        return super().read(left if size < 0 else min(size, left))

    def finished(self) -> SourceFile:
        """What was read; DataError where the file has changed meanwhile."""
        now = self.path.stat()
        if (now.st_size, now.st_mtime_ns) != (self.shard.size, self.shard.modified):
            raise DataError(_CHANGED, hint="predict it again, into another folder", location=str(self.path))
        return SourceFile(self.path.name, self.read_size, self._sha256.hexdigest())


class ShardNotes(FileNotes):
    """Notes about a shard, with the numbers of the file; those about its head are the first shard's."""

    def __init__(self, shard: Shard, word: str = "line") -> None:
        super().__init__(shard.path, word)
        self._shard = shard

    def add(self, what: str, lines: Iterable[int], count: int | None = None) -> None:
        """Count `what` as for a file."""
        shard = self._shard
        found = list(lines if count is None else islice(lines, min(count, SHOWN)))
        kept = [each for each in found if each > shard.head_lines or not shard.below_others]
        if kept:
            numbers = map(shard.number, kept)
            super().add(what, numbers, None if count is None else count - len(found) + len(kept))

    def refuse(self, error: DataError, number: int, record: object) -> None:
        """Raise the refusal of one record, or hand it on."""
        if self.left_out is None:
            raise error
        self.left_out(self._shard.in_file(error), self.word, self._shard.number(number), record)

    def offset(self, offset: int) -> int:
        """Which byte of the file one of the shard is."""
        return self._shard.offset(offset)


def _split(location: str, name: str) -> tuple[str, int, str]:
    """A location of a file before its number, the number, and what is behind it; 0 where there is none."""
    for mark in (":", ", row ", ", record "):
        before = f"{name}{mark}"
        if location.startswith(before):
            number, colon, behind = location.removeprefix(before).partition(":")
            return before, int(number) if number.isdecimal() else 0, colon + behind
    return location, 0, ""
