"""Files as bytes: refused by name where they are no readable file, hashed from the bytes that are read."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Self

from nlpkit.data.reading.source.magic import format_set
from nlpkit.data.reading.source.remote import RemotePath
from nlpkit.data.texts import SourceFile
from nlpkit.errors import DataError
from nlpkit.system.nearby import did_you_mean_path

PIECE_SIZE = 1 << 18


@dataclass(frozen=True)
class Wanted:
    """What a file is read for, in the words of a refusal; `utf8` is for text in no other encoding."""

    what: str
    save: str  # what to do with it where it was saved as something else
    utf8: bool = False
    empty: bool = False  # whether it may have nothing in it
    formats: bool = False  # whether it may have another format, which the hint names


TEXT = Wanted("text", "save it as csv or jsonl", formats=True)
FOLDER_HINT = f"name a file in it, or set {format_set('folders', 'class_files')}"

_KINDS = (
    (stat.S_ISDIR, "a folder", "name a file in it"),
    (stat.S_ISFIFO, "a pipe", "write what comes through the pipe to a file first"),
    (stat.S_ISCHR, "a device", ""),
    (stat.S_ISBLK, "a device", ""),
    (stat.S_ISSOCK, "a socket", ""),
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

    def __init__(self, path: Path, wanted: Wanted = TEXT) -> None:
        self.path, self.wanted = path, wanted
        self._file = _opened(path, wanted)
        self._before = path.stat() if isinstance(path, RemotePath) else os.fstat(self._file.fileno())
        self._sha256 = hashlib.sha256()
        self.read_size = 0  # bytes read so far
        self.seen_fraction = 0.0  # how much was read in other ways than by `read`

    @property
    def size(self) -> int:
        """The file's bytes when it was opened."""
        return self._before.st_size

    @property
    def read_fraction(self) -> float:
        """How much of it has been read."""
        return max(self.seen_fraction, self.read_size / max(self.size, 1))

    def peek(self, size: int) -> bytes:
        """The next bytes, at most `size` of them, left where they are."""
        with refusals(self.path):
            return self._file.peek(size)[:size]

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size` of them."""
        with refusals(self.path):
            data = self._file.read(size)
        self._sha256.update(data)
        self.read_size += len(data)
        return data

    def finished(self) -> SourceFile:
        """The rest of the file is read; what all of it was, or a refusal where it has changed meanwhile."""
        while self.read(PIECE_SIZE):
            pass
        with refusals(self.path):
            now = self.path.stat()
        if _identity(now) != _identity(self._before) or self.read_size != self.size:
            raise DataError(
                "the file changed while it was being read",
                hint="wait until nothing writes to it any more, then start again",
                location=str(self.path),
            )
        return SourceFile(self.path.name, self.read_size, self._sha256.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def file_problems(*paths: Path | None, wanted: Wanted = TEXT) -> Iterator[DataError]:
    """Why files cannot be read: of those that are given, and without reading a byte."""
    for path in paths:
        if path is not None:
            try:
                _opened(path, wanted).close()
            except DataError as error:
                yield error


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _opened(path: Path, wanted: Wanted) -> BufferedReader:
    another = f"name a file with {wanted.what} in it"
    with refusals(path):
        status = path.stat()
        for matches, what, hint in _KINDS:
            if matches(status.st_mode):
                hint = FOLDER_HINT if wanted.formats and what == "a folder" else hint or another
                raise DataError(f"this is {what}, not a file", hint=hint, location=str(path))
        if not status.st_size and not wanted.empty:
            raise DataError("the file is empty", hint=another, location=str(path))
        return path.open("rb")


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """What the system refuses, in words."""
    try:
        yield
    except ValueError as error:  # a NUL in the path
        raise DataError(
            "this cannot be a path", hint="remove the NUL from it", location=repr(str(path))
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fallback = (f"the file cannot be read: {reason}", "check the disk and the path")
        message, hint = _FAULTS.get(error.errno or 0, fallback)
        if error.errno == errno.ENOENT and (near := did_you_mean_path(path)):
            hint = near
        elif error.errno == errno.ENOENT and not path.is_absolute():
            with suppress(OSError):  # the current folder is gone
                hint = f"check the path; it is looked for from {Path.cwd()}"
        raise DataError(message, hint=hint, location=str(path)) from error


def is_folder(path: Path) -> bool:
    """Whether there is a folder of this name; False where nobody can tell."""
    with suppress(OSError, ValueError):
        return path.is_dir()
    return False
