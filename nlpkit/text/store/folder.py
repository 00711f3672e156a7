"""All entries of the token store: which there are, what they take, and their removal."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nlpkit.system.cache import cache_folder
from nlpkit.system.sealed import SealError
from nlpkit.text.store.entry import SEAL, seal_of, stale

MAX_BYTES = 10_000_000_000  # of all entries: as many as 20 million documents of news
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Listed:
    """An entry: its name, the texts it is of, bytes on disk, when it was last used (seconds since 1970)."""

    key: str
    source: str
    tokenizer: str
    texts: int
    tokens: int
    size: int
    last_used: float
    state: Literal["ready", "stale", "damaged"]


def store_folder() -> Path:
    """Where the entries are."""
    return cache_folder() / "tokens"


def entries() -> list[Listed]:
    """All entries, the one last used first. Their files are not read, so that of the damaged ones only those
    are found that lack something.
    """
    return sorted(map(_listed, _paths()), key=lambda entry: (-entry.last_used, entry.key))


def clear() -> tuple[int, int]:
    """Remove all entries; how many, and how many bytes they took. OSError where one cannot be removed."""
    sizes = {path: _size(path) for path in _paths()}
    for path in sizes:
        remove(path)
    with suppress(OSError):
        store_folder().rmdir()
    return len(sizes), sum(sizes.values())


def evict(kept: Path) -> None:
    """Remove the entries last used longest ago until all take `MAX_BYTES` at the most; `kept` stays."""
    found = entries()
    total = sum(entry.size for entry in found)
    for entry in reversed(found):
        if total <= MAX_BYTES:
            break
        path = store_folder() / entry.key
        if path != kept:
            with suppress(OSError):
                remove(path)
                total -= entry.size


def remove(path: Path) -> None:
    """Remove an entry, its seal first, so that half of one is none. Links are not followed."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    (path / SEAL).unlink(missing_ok=True)
    shutil.rmtree(path)


def _paths() -> Iterator[Path]:
    """Each entry, and nothing else that may be in the folder."""
    folder = store_folder()
    with suppress(OSError):
        if not folder.is_symlink():
            yield from sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _listed(path: Path) -> Listed:
    about: dict[str, Any] = {}
    state: Literal["ready", "stale", "damaged"] = "damaged"
    try:
        about = seal.about if (seal := seal_of(path)) else {}
        if about and all(_bytes(path / name) == stamp["size"] for name, stamp in about["files"].items()):
            state = "stale" if stale(about) else "ready"
    except (SealError, OSError):
        pass
    try:
        last_used = (path / SEAL).stat().st_mtime
    except OSError:
        last_used = 0.0
    return Listed(
        key=path.name,
        source=about.get("source", ""),
        tokenizer=" ".join(each["name"] for each in about.get("made_with", ())),
        texts=about.get("texts", 0),
        tokens=about.get("tokens", 0),
        size=_size(path),
        last_used=last_used,
        state=state,
    )


def _size(path: Path) -> int:
    """The bytes of an entry's files; of a link nothing."""
    if path.is_symlink() or not path.is_dir():
        return 0
    with os.scandir(path) as files:
        return sum(file.stat(follow_symlinks=False).st_size for file in files)


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
