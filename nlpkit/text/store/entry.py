"""One entry of the token store: a folder that is written once and never changed.

entry.json       what it is of, and size and SHA-256 of each other file
vocabulary.json  the tokens, in the order of their ids
PART.ids         int32, little-endian: the ids of all texts of a part end to end
PART.offsets     int64, little-endian: where each of them starts, and where the last one ends
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.system import sealed
from nlpkit.system.atomic import atomic_folder, writing
from nlpkit.system.sealed import Seal, SealError, from_json
from nlpkit.text.store.key import FORMAT
from nlpkit.version import __version__

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.ragged import Ragged

SEAL = "entry.json"
_MADE_BY = {"format": FORMAT, "nlpkit": __version__}
_VOCABULARY = "vocabulary.json"


@dataclass(frozen=True, eq=False)
class Stored:
    """The ids of each part, mapped from disk, and the tokens that have the ids after the specials'."""

    ids: dict[str, Ragged]
    tokens: list[str]


Pieces = tuple["NDArray[np.int64]", Iterable["NDArray[np.int32]"]]


def write(path: Path, parts: Mapping[str, Pieces], tokens: Iterable[str], about: Mapping[str, Any]) -> Stored:
    """Write an entry and map it: of each part the offsets, and the ids in pieces.

    StorageError where the disk refuses, ConfigError where `path` is taken or cannot be made.
    """
    tokens = list(tokens)
    counts = {
        "texts": sum(len(offsets) - 1 for offsets, _ in parts.values()),
        "tokens": sum(int(offsets[-1]) for offsets, _ in parts.values()),
    }
    files: dict[str, Iterable[bytes]] = {
        _VOCABULARY: [json.dumps(tokens, ensure_ascii=False).encode("utf-8", "surrogatepass")]
    }
    for part, (offsets, ids) in parts.items():
        files[f"{part}.ids"] = (each.astype("<i4").tobytes() for each in ids)
        files[f"{part}.offsets"] = [offsets.astype("<i8").tobytes()]
    with atomic_folder(path) as partial, writing(path):
        sealed.write(partial / SEAL, {**about, **counts, **_MADE_BY}, files)
    with writing(path):
        return Stored({part: _mapped(path, part) for part in parts}, tokens)


def read(path: Path) -> Stored | None:
    """What an entry has, when each of its bytes has been checked; None where there is no entry.

    SealError where a byte is not what was written, OSError where it cannot be read at all.
    """
    seal = seal_of(path)
    if seal is None:
        return None
    try:
        for name in seal.about["files"]:
            seal.check(name)
        tokens = from_json(seal.bytes_of(_VOCABULARY))
    except FileNotFoundError as error:
        raise SealError(Path(error.filename), "it is missing") from None
    with suppress(OSError):  # of others, or on a disk that is read-only
        os.utime(path / SEAL)
    parts = [name.removesuffix(".ids") for name in seal.about["files"] if name.endswith(".ids")]
    return Stored({part: _mapped(path, part) for part in parts}, tokens)


def seal_of(path: Path) -> Seal | None:
    """The seal of an entry, checked; None where there is no entry."""
    try:
        return Seal.read(path / SEAL).checked()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_dir():
            raise SealError(path / SEAL, "it is missing") from None
        return None


def stale(about: Mapping[str, Any]) -> bool:
    """Whether no run asks for it any more: another version of nlpkit or of a plugin wrote it."""
    plugins = {each["by"]: each["version"] for each in about["made_with"] if each["by"] != "nlpkit"}
    return any(about[name] != value for name, value in _MADE_BY.items()) or any(
        _installed(name) != version for name, version in plugins.items()
    )


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _mapped(path: Path, part: str) -> Ragged:
    from nlpkit.ragged import Ragged

    return Ragged(_array(path / f"{part}.ids", "<i4"), _array(path / f"{part}.offsets", "<i8"))


def _array(path: Path, dtype: str) -> NDArray[Any]:
    """A file as an array; what is written into it goes to memory and never to the file."""
    import numpy as np

    if not path.stat().st_size:
        return np.empty(0, dtype)
    return np.asarray(np.memmap(path, dtype, mode="c"))
