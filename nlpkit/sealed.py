"""Folders of files with hashes: a seal beside them, in JSON, has size and SHA-256 of each, and its own."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Self


class SealError(Exception):
    """A sealed file is not what was written: `path`, and in `reason` what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path, self.reason = path, reason


@dataclass(frozen=True)
class Seal:
    """What the seal at `path` says: `about["files"]` has a stamp for each file beside it.

    Who reads a file gets a SealError where it is not what was written, OSError where it cannot be read.
    """

    path: Path
    about: dict[str, Any]
    content: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """The seal before it is checked, so that one of a newer format can be told as that."""
        with _opened(path) as file:
            content = file.read()
        try:
            about = from_json(content)
        except ValueError as error:
            raise SealError(path, str(error)) from None
        if not isinstance(about, dict):
            raise SealError(path, "it is no JSON object")
        return cls(path, about, content)

    def checked(self) -> Self:
        """The seal itself, which has to be what was written."""
        try:
            intact = self.content == seal_bytes(self.about)
        except RecursionError:  # lists in lists are read deeper than they are written
            intact = False
        if not intact:
            raise SealError(self.path, "its own SHA-256 is another")
        if not isinstance(self.about.get("files"), dict):
            raise SealError(self.path, "it lists no files")
        return self

    def bytes_of(self, name: str) -> bytes:
        """The bytes of a file, which have been checked."""
        with self._sized(name) as file:
            content = file.read()
        self._check(name, len(content), hashlib.sha256(content))
        return content

    def check(self, name: str) -> None:
        """Check a file of any size."""
        with self._sized(name) as file:
            digest = hashlib.file_digest(file, "sha256")
            self._check(name, file.tell(), digest)

    def _sized(self, name: str) -> BufferedReader:
        """A file that has the right size, opened."""
        path, stamp = self.path.parent / name, self.about["files"].get(name)
        if not isinstance(stamp, dict):
            raise SealError(path, f"{self.path.name} does not list it")
        file = _opened(path)
        size = path.stat().st_size
        if size != stamp.get("size"):
            file.close()
            raise SealError(path, f"it has {size:,} bytes, and {self.path.name} says {stamp.get('size')}")
        return file

    def _check(self, name: str, size: int, digest: hashlib._Hash) -> None:
        if self.about["files"][name] != _stamp(size, digest):
            raise SealError(self.path.parent / name, f"its SHA-256 is not the one in {self.path.name}")


def write(path: Path, about: Mapping[str, Any], files: Mapping[str, Iterable[bytes]]) -> None:
    """Write files into a folder that exists, each in pieces, and last the seal at `path` in it."""
    stamps = {}
    for name, pieces in files.items():
        digest = hashlib.sha256()
        with (path.parent / name).open("wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
            stamps[name] = _stamp(file.tell(), digest)
    path.write_bytes(seal_bytes({**about, "files": stamps}))


def seal_bytes(about: Mapping[str, Any]) -> bytes:
    """What a seal is on disk: what there is to say, and the SHA-256 of that."""
    rest = {name: value for name, value in about.items() if name != "sha256"}
    return to_json({**rest, "sha256": hashlib.sha256(to_json(rest)).hexdigest()})


def to_json(value: Any) -> bytes:
    """JSON in UTF-8, in which lone surrogates survive."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")


def from_json(content: bytes) -> Any:
    """What `to_json` was given; ValueError for anything else than JSON with each key once."""
    try:
        return json.loads(content.decode("utf-8", "surrogatepass"), object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON with each key once") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is given twice")
    return dict(pairs)


def _stamp(size: int, digest: hashlib._Hash) -> dict[str, Any]:
    return {"size": size, "sha256": digest.hexdigest()}


def _opened(path: Path) -> BufferedReader:
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(errno.ENOENT, "there is no such file", str(path))
    return path.open("rb")
