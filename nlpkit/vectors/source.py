"""The bytes of a word vectors file, unpacked where they are gzip, read forward in small pieces."""

from __future__ import annotations

import gzip
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from nlpkit.errors import DataError

_PIECE_BYTES: Final = 1 << 20
_MAX_WORD_BYTES: Final = 1 << 16

# What people have at hand instead of vectors, by its first bytes.
_MAGIC: Final = {
    b"PK\x03\x04": ("a zip archive", "unpack it and name the file in it"),
    b"BZh": ("a bzip2 file", "unpack it, or pack it with gzip instead"),
    b"\xfd7zXZ\x00": ("an xz file", "unpack it, or pack it with gzip instead"),
    b"\x28\xb5\x2f\xfd": ("a zstandard file", "unpack it, or pack it with gzip instead"),
    b"\x80": ("a pickle", "it is never loaded; save the vectors with save_word2vec_format"),
    b"\x93NUMPY": ("a numpy array", "it has no words; save the vectors as word2vec text or binary"),
    b"\xff\xfe": ("UTF-16 text", "save it as UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "save it as UTF-8"),
}


class Source:
    """A file read forward. `offset` counts unpacked bytes, `path` is what errors name."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self._stream = stream
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
        try:
            data = self._stream.read(_PIECE_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self.refusal(f"gzip: {error}", "it is cut off or damaged: download it again") from error
        except OSError as error:
            raise self.refusal(f"it cannot be read: {error.strerror or error}") from error
        self._piece = self._piece[self._at :] + data
        self._at = 0
        self._read_bytes += len(data)
        return bool(data)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """A file's bytes, unpacked where they begin like gzip; other kinds of file are refused by name."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError("this is a folder", hint="name the vectors file in it", location=str(path))
        if not stat.S_ISREG(mode):
            raise DataError("this is not a regular file", location=str(path))
        file = path.open("rb")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(reason, hint="encoder.embedding.vectors names it", location=str(path)) from error
    with file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source = Source(path, gzip.GzipFile(fileobj=file) if packed else file)  # type: ignore[arg-type]
        _refuse_other_kinds(source)
        yield source


def _refuse_other_kinds(source: Source) -> None:
    head = source.peek(8)
    if not source.peek(4096).strip():
        raise source.refusal("the file is empty", "name a GloVe, word2vec or fastText file", "")
    for magic, (what, hint) in _MAGIC.items():
        if head.startswith(magic) and (magic != b"BZh" or head[4:8] == b"1AY&"):
            raise source.refusal(f"this is {what}, not word vectors", hint, "")
