"""The files of a prediction: one, those of a folder, or those that a pattern names."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nlpkit.data.reading.formats import known_ending
from nlpkit.data.reading.source.compressed import without_packing
from nlpkit.data.reading.source.files import HashedFile, is_folder, refusals
from nlpkit.data.reading.source.folder import listed
from nlpkit.data.reading.source.remote import RemotePath, named_like, path_of
from nlpkit.errors import DataError

_MARKS: Final = "*?["


@dataclass(frozen=True)
class Input:
    """A file of texts: where it is, what the output calls it, its bytes, and its time in nanoseconds."""

    path: Path
    name: str
    size: int
    modified: int


def is_pattern(given: Path | str) -> bool:
    """Whether it is a pattern of names, and not the name of a file or a folder."""
    return any(mark in str(given) for mark in _MARKS) and not path_of(given).exists()


def inputs(given: Path | str) -> list[Input]:
    """The files, sorted by their names; DataError where there are none, or they have several formats."""
    found = _named(given)
    endings = {without_packing(path).suffix.lower(): path for path, _ in found if known_ending(path)}
    if len(endings) > 1:
        one, other, *_ = endings.values()
        hint = "name those of one format, with a pattern such as 'news/*.csv'"
        raise DataError(f"{one.name} and {other.name} have two formats", hint=hint, location=str(given))
    return [_input(path, name) for path, name in found]


def _named(given: Path | str) -> list[tuple[Path, str]]:
    """The paths, and what they are called."""
    path = path_of(given)
    if isinstance(path, RemotePath):
        if found := named_like(str(path)):
            return [(each, str(each)) for each in found]
        raise DataError("no file has a URL like this", hint="check the URL", location=str(path))
    if is_pattern(path):
        names = sorted(glob.glob(str(given), recursive=True))  # noqa: PTH207  # Path.glob takes no absolute one
        if there := [(Path(each), each) for each in names if Path(each).is_file()]:
            return there
        hint = "check the path; ** is any number of folders"
        raise DataError("no file is named like this", hint=hint, location=str(given))
    if not is_folder(path):
        return [(path, path.name)]
    _, files = listed(path)
    if names := [name for name in files if not name.startswith("_") and known_ending(path / name)]:
        return [(path / name, name) for name in names]
    hint = "name a folder of .csv, .jsonl or .parquet files; a folder of texts is for one --output file"
    raise DataError("no file in this folder has the ending of a format", hint=hint, location=str(path))


def _input(path: Path, name: str) -> Input:
    with HashedFile(path), refusals(path):  # the former says what is wrong with it
        status = path.stat()
    return Input(path, name, status.st_size, status.st_mtime_ns)
