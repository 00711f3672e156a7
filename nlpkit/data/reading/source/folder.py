"""A folder of files: listed in one order, refused by name, and hashed as a whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from nlpkit.data.reading.notes import SHOWN, FileNotes, more, printable
from nlpkit.data.reading.source.files import TEXT, HashedFile, Wanted, is_folder, refusals
from nlpkit.data.reading.source.magic import format_set
from nlpkit.data.texts import SourceFile
from nlpkit.errors import DataError

_WANTED = Wanted(TEXT.what, TEXT.save, empty=True)
_LINES = 1 << 32  # more than a file has


class HashedFolder:
    """A folder whose files are opened one after another; all of them together have one SHA-256."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not is_folder(path):
            with refusals(path):
                path.stat()
            raise DataError(
                "this is a file, not a folder",
                hint=f"name the folder it is in, or set the format of the file, {format_set()}",
                location=str(path),
            )
        self._sha256 = hashlib.sha256()
        self._read_size = 0
        self.read_fraction = 0.0

    @contextmanager
    def opened(self, name: str) -> Iterator[HashedFile]:
        """A file in it, which may be empty; afterwards it has been read to its end."""
        with HashedFile(self.path / name, _WANTED) as file:
            yield file
            source = file.finished()
        self._sha256.update(os.fsencode(f"{name}\0{source.sha256}\n"))
        self._read_size += source.size

    def finished(self) -> SourceFile:
        """What all of it was: its SHA-256 is of the names and the hashes of the files that were opened."""
        return SourceFile(self.path.name or str(self.path), self._read_size, self._sha256.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


def folder_problems(*paths: Path | None) -> Iterator[DataError]:
    """Why folders cannot be read: of those that are given, and without looking into one."""
    for path in paths:
        if path is not None:
            try:
                HashedFolder(path)
            except DataError as error:
                yield error


def listed(path: Path) -> tuple[list[str], list[str]]:
    """The names of the folders and of the files in a folder, sorted, without those that begin with a dot.

    What is neither, such as a pipe, is left out.
    """
    with refusals(path), os.scandir(path) as entries:
        there = sorted(entries, key=lambda entry: entry.name)
    shown = [entry for entry in there if not entry.name.startswith(".")]
    with refusals(path):
        return [each.name for each in shown if each.is_dir()], [each.name for each in shown if each.is_file()]


def is_run(path: Path) -> bool:
    """Whether a folder was written by a run, and has a model in it."""
    return (path / "model" / "bundle.json").exists()


def below(path: Path, above: tuple[Path, ...] = ()) -> Iterator[str]:
    """The names of all files below a folder, in the order of their paths."""
    folders, files = listed(path)
    real = Path(os.path.realpath(path))
    if real in above:
        raise DataError("the symbolic links go round in a circle", hint="remove the link", location=str(path))
    for name in sorted([*folders, *files]):
        if name in files:
            yield name
        else:
            yield from (f"{name}/{each}" for each in below(path / name, (*above, real)))


class FolderNotes(FileNotes):
    """Notes about files of a folder: a number is that of a file, and of a line in it where it has one."""

    def __init__(self, folder: Path, word: str) -> None:
        super().__init__(folder, word)
        self._folder = folder
        self._names: list[str] = []

    def file(self, name: str) -> int:
        """The number of a file."""
        self._names.append(name)
        return (len(self._names) - 1) * _LINES

    def at(self, number: int) -> str:
        return str(self._folder / self._named(number))

    def where(self, numbers: Iterable[int], count: int) -> str:
        return ", ".join(printable(self._named(number)) for number in list(numbers)[:SHOWN]) + more(count)

    def _named(self, number: int) -> str:
        file, line = divmod(number, _LINES)
        return f"{self._names[file]}:{line}" if line else self._names[file]
