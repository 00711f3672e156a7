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
from nlpkit.version import DISTRIBUTION, __version__

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.ragged import Ragged

SEAL = "entry.json"
_MADE_BY = {"format": FORMAT, "nlpkit": __version__}
_VOCABULARY = "vocabulary.json"


@dataclass(frozen=True, eq=False)
class Stored:
    """The ids of each part, and the tokens that have the ids after the specials'."""

    ids: dict[str, Ragged]
    tokens: list[str]


Pieces = tuple["NDArray[np.int64]", Iterable["NDArray[np.int32]"]]


def write(path: Path, parts: Mapping[str, Pieces], tokens: Iterable[str], about: Mapping[str, Any]) -> None:
    """Write an entry: of each part the offsets, and the ids in pieces.

    StorageError where the disk refuses, ConfigError where `path` is taken or cannot be made.
    """
    counts = {
        "texts": sum(len(offsets) - 1 for offsets, _ in parts.values()),
        "tokens": sum(int(offsets[-1]) for offsets, _ in parts.values()),
    }
    files: dict[str, Iterable[bytes]] = {
        _VOCABULARY: [json.dumps(list(tokens), ensure_ascii=False).encode("utf-8", "surrogatepass")]
    }
    for part, (offsets, ids) in parts.items():
        files[f"{part}.ids"] = (each.astype("<i4").tobytes() for each in ids)
        files[f"{part}.offsets"] = [offsets.astype("<i8").tobytes()]
    with atomic_folder(path) as partial, writing(path):
        sealed.write(partial / SEAL, {**about, **counts, **_MADE_BY}, files)


def read(path: Path) -> Stored | None:
    """What an entry has, when each of its bytes has been checked; None where there is no entry.

    It is in memory: what becomes of the files afterwards changes nothing. SealError where a byte is not what
    was written, OSError where it cannot be read at all.
    """
    seal = seal_of(path)
    if seal is None:
        return None
    parts = [name.removesuffix(".ids") for name in seal.about["files"] if name.endswith(".ids")]
    try:
        tokens = from_json(seal.bytes_of(_VOCABULARY))
        ids = {part: _ragged(seal, part) for part in parts}
    except FileNotFoundError as error:
        raise SealError(Path(error.filename), "it is missing") from None
    with suppress(OSError):  # of others, or on a disk that is read-only
        os.utime(path / SEAL)
    return Stored(ids, tokens)


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
    plugins = {each["by"]: each["version"] for each in about["made_with"] if each["by"] != DISTRIBUTION}
    return any(about[name] != value for name, value in _MADE_BY.items()) or any(
        _installed(name) != version for name, version in plugins.items()
    )


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _ragged(seal: Seal, part: str) -> Ragged:
    import numpy as np

    from nlpkit.ragged import Ragged

    values = np.frombuffer(seal.buffer_of(f"{part}.ids"), "<i4")
    return Ragged(values, np.frombuffer(seal.buffer_of(f"{part}.offsets"), "<i8"))
