"""Files as bytes: refused by name where they are no readable file, hashed from the bytes that are read."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from nlpkit.data.texts import SourceFile
from nlpkit.errors import DataError

PIECE_SIZE = 1 << 18

_KINDS = (
    (stat.S_ISDIR, "a folder, not a file", "name a file in it"),
    (stat.S_ISFIFO, "a pipe, not a file", "write what comes through the pipe to a file first"),
    (stat.S_ISCHR, "a device, not a file", "name a file with texts in it"),
    (stat.S_ISBLK, "a device, not a file", "name a file with texts in it"),
    (stat.S_ISSOCK, "a socket, not a file", "name a file with texts in it"),
)
_FAULTS = {
    errno.ENOENT: ("there is no such file", "check the path"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "check the path"),
    errno.EACCES: ("the file may not be read: permission denied", "give yourself the right to read it"),
    errno.EPERM: ("the file may not be read: permission denied", "give yourself the right to read it"),
    errno.ELOOP: ("the symbolic links of the path go round in a circle", "name the file that they meant"),
    errno.ENAMETOOLONG: ("the path is too long for this system", "give the file a shorter name"),
}


class HashedFile:
    """A regular file, open for reading: every byte that is read goes through its SHA-256."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _opened(path)
        self._before = os.fstat(self._file.fileno())
        self._sha256 = hashlib.sha256()
        self._read_size = 0

    @property
    def size(self) -> int:
        """The file's bytes when it was opened."""
        return self._before.st_size

    @property
    def read_fraction(self) -> float:
        """How much of it has been read."""
        return self._read_size / self.size

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size` of them."""
        try:
            data = self._file.read(size)
        except OSError as error:
            raise _refusal(self.path, error) from error
        self._sha256.update(data)
        self._read_size += len(data)
        return data

    def finished(self) -> SourceFile:
        """The rest of the file is read; what all of it was, or a refusal where it has changed meanwhile."""
        while self.read(PIECE_SIZE):
            pass
        try:
            now = self.path.stat()
        except OSError as error:
            raise _refusal(self.path, error) from error
        if _identity(now) != _identity(self._before) or self._read_size != self.size:
            raise DataError(
                "the file changed while it was being read",
                hint="wait until nothing writes to it any more, then start again",
                location=str(self.path),
            )
        return SourceFile(self.path.name, self._read_size, self._sha256.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _opened(path: Path) -> BinaryIO:
    try:
        status = path.stat()
        for matches, what, hint in _KINDS:
            if matches(status.st_mode):
                raise DataError(f"this is {what}", hint=hint, location=str(path))
        if not status.st_size:
            raise DataError("the file is empty", hint="name a file with texts in it", location=str(path))
        return path.open("rb")
    except ValueError as error:  # a NUL in the path
        raise DataError(
            "this cannot be a path", hint="remove the NUL from it", location=repr(str(path))
        ) from error
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> DataError:
    fallback = (
        f"the file cannot be read: {(error.strerror or str(error)).lower()}",
        "check the disk and the path",
    )
    message, hint = _FAULTS.get(error.errno or 0, fallback)
    if error.errno == errno.ENOENT and not path.is_absolute():
        with suppress(OSError):  # the current folder is gone
            hint = f"check the path; it is looked for from {Path.cwd()}"
    return DataError(message, hint=hint, location=str(path))
