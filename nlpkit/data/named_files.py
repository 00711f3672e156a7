"""The files that the settings of a dataset name, for a dataset that does not say what it has read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from nlpkit.data.reading.source.files import HashedFile
from nlpkit.data.texts import SourceFile
from nlpkit.errors import NlpkitError
from nlpkit.settings.walk import walk

MAX_FILES = 10_000


def named_files(settings: Any) -> tuple[SourceFile, ...]:
    """Each file that a path in the settings names, and each in a folder that one names, with its SHA-256.

    In a folder, hidden files are left out; with more files than MAX_FILES nothing is said.
    """
    paths = (value for _, value in walk(settings) if isinstance(value, Path))
    found = list(islice((each for path in paths for each in _below(path)), MAX_FILES + 1))
    return tuple(_hashed(sorted(found))) if len(found) <= MAX_FILES else ()


def _below(path: Path) -> Iterator[tuple[Path, str]]:
    """The files that a path stands for, each with its name without the folders it is in."""
    if path.is_file():
        yield path, path.name
    for file in path.rglob("*") if path.is_dir() else ():
        name = file.relative_to(path)
        if file.is_file() and not any(part.startswith(".") for part in name.parts):
            yield file, name.as_posix()


def _hashed(files: list[tuple[Path, str]]) -> Iterator[SourceFile]:
    for path, name in files:
        with suppress(NlpkitError, OSError), HashedFile(path) as file:  # what cannot be read was not
            yield replace(file.finished(), name=name)
