"""The bytes of a word vectors file, unpacked and read forward in small pieces."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nlpkit.data.reading.source.compressed import pieces
from nlpkit.data.reading.source.files import HashedFile, Wanted
from nlpkit.data.texts import SourceFile
from nlpkit.errors import DataError

_MAX_WORD_BYTES: Final = 1 << 16

WANTED: Final = Wanted("word vectors", "save the vectors with save_word2vec_format", utf8=True)


class Source:
    """A file read forward. `offset` counts unpacked bytes, `path` is what errors name."""

    def __init__(self, file: HashedFile) -> None:
        self.path = file.path
        self._file = file
        self._pieces = pieces(file)
        self._piece = b""
        self._at = 0
        self._read_bytes = 0  # unpacked bytes that `_piece` ends at

    @property
    def offset(self) -> int:
        """Bytes consumed."""
        return self._read_bytes - len(self._piece) + self._at

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or those there are, left where they are."""
        while len(self._piece) - self._at < size and self._more():
            pass
        return self._piece[self._at : self._at + size]

    def take(self, size: int, what: str) -> bytes:
        """The next `size` bytes; an error that names `what` where the file ends before."""
        data = self.peek(size)
        if len(data) < size:
            raise self.truncated(what)
        self._at += size
        return data

    def until(self, separator: bytes, what: str) -> bytes:
        """The bytes before the next `separator`, which is skipped; words alone are read like this."""
        end = self._find(separator, _MAX_WORD_BYTES)
        if end < 0 and len(self._piece) - self._at < _MAX_WORD_BYTES:
            raise self.truncated(what)
        if end < 0:
            raise self.refusal(f"{what} is longer than {_MAX_WORD_BYTES:,} bytes")
        data = self._piece[self._at : end]
        self._at = end + len(separator)
        return data

    def line(self, limit: int) -> bytes:
        """The next line with its end, b"" after the last one, at most `limit` bytes of a longer one."""
        end = self._find(b"\n", limit)
        data = self._piece[self._at : end + 1] if end >= 0 else self.peek(limit)
        self._at += len(data)
        return data

    def numbers(self, layout: str, what: str) -> tuple[Any, ...]:
        """Little-endian numbers, as `struct` spells their `layout`."""
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout), what))

    def finished(self) -> SourceFile:
        """What the file was; the rest of it is read, and refused where it has changed meanwhile."""
        return self._file.finished()

    def refusal(self, message: str, hint: str = "", place: str | None = None) -> DataError:
        """An error at `place` in the file ("" is all of it), or at the byte reached."""
        here = f" at byte {self.offset:,}" if place is None else place
        return DataError(message, hint=hint, location=f"{self.path}{here}")

    def truncated(self, what: str) -> DataError:
        """The error of a file that ends too early."""
        return self.refusal(f"the file ends inside {what}", "it is cut off: download or copy it again")

    def _find(self, separator: bytes, limit: int) -> int:
        """Where the next `separator` is in `_piece`, at most `limit` bytes on; -1 where it is not."""
        while True:
            end = self._piece.find(separator, self._at, self._at + limit)
            if end >= 0 or len(self._piece) - self._at >= limit or not self._more():
                return end

    def _more(self) -> bool:
        data = next(self._pieces, b"")
        self._piece = self._piece[self._at :] + data
        self._at = 0
        self._read_bytes += len(data)
        return bool(data)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """A file's bytes, unpacked; other kinds of file are refused by name."""
    with HashedFile(path, WANTED) as file:
        source = Source(file)
        if not source.peek(4096).strip():
            raise source.refusal("the file is empty", "name a GloVe, word2vec or fastText file", "")
        yield source
