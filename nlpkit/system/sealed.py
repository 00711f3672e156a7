"""Folders of files with hashes: a seal beside them, in JSON, has size and SHA-256 of each, and its own."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Self

from nlpkit.system.terminal import counted

_PIECE_SIZE = 1 << 20
MAX_SEAL_BYTES = 1 << 20  # a seal has a line or two for each file


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
            _check_size(path, MAX_SEAL_BYTES)
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

    def bytes_of(self, name: str, max_bytes: int | None = None) -> bytes:
        """The bytes of a file, which have been checked; one of more than `max_bytes` is not read."""
        return b"".join(self._pieces(name, -1, max_bytes))  # all in one

    def start_of(self, name: str, size: int) -> bytes:
        """The first bytes of a file, unchecked: what they are is known before the rest is read."""
        with _opened(self.path.parent / name) as file:
            return file.read(size)

    def buffer_of(self, name: str) -> bytearray:
        """The bytes of a file, checked, to be written into; their memory is taken once."""
        buffer = bytearray()
        for piece in self._pieces(name, _PIECE_SIZE):
            buffer += piece
        return buffer

    def _pieces(self, name: str, piece_size: int, max_bytes: int | None = None) -> Iterator[bytes]:
        path, stamp = self.path.parent / name, self.about["files"].get(name)
        if not isinstance(stamp, dict):
            raise SealError(path, f"{self.path.name} does not list it")
        with _opened(path) as file:
            size, digest = path.stat().st_size, hashlib.sha256()
            if size != stamp.get("size"):
                raise SealError(
                    path, f"it has {counted(size, 'byte')}, and {self.path.name} says {stamp.get('size')}"
                )
            if max_bytes is not None:
                _check_size(path, max_bytes)
            while piece := file.read(piece_size):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != stamp.get("sha256"):
            raise SealError(path, f"its SHA-256 is not the one in {self.path.name}")


def write(path: Path, about: Mapping[str, Any], files: Mapping[str, Iterable[bytes]]) -> None:
    """Write files into a folder that exists, each in pieces, and last the seal at `path` in it."""
    stamps = {}
    for name, pieces in files.items():
        digest = hashlib.sha256()
        with (path.parent / name).open("wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
            stamps[name] = {"size": file.tell(), "sha256": digest.hexdigest()}
    path.write_bytes(seal_bytes({**about, "files": stamps}))


def seal_bytes(about: Mapping[str, Any]) -> bytes:
    """What a seal is on disk: what there is to say, and the SHA-256 of that."""
    rest = {name: value for name, value in about.items() if name != "sha256"}
    return to_json({**rest, "sha256": hashlib.sha256(to_json(rest)).hexdigest()})


def folder_bytes(folder: Path) -> int:
    """How large the files of a folder are."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


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


def _check_size(path: Path, max_bytes: int) -> None:
    if (size := path.stat().st_size) > max_bytes:
        raise SealError(path, f"it has {size:,} bytes, and more than {max_bytes:,} are not read")


def _opened(path: Path) -> BufferedReader:
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(errno.ENOENT, "there is no such file", str(path))
    return path.open("rb")
