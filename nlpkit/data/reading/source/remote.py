"""Files of object stores and of other places that fsspec reads, by their URLs."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from nlpkit.errors import DataError, MissingError

_MARK: Final = "://"
_STAMP_DIGITS: Final = 15  # of a hash, in 60 bits


class RemotePath(type(Path())):  # type: ignore[misc]  # of this system
    """The path of a file that has a URL, as `s3://bucket/news.csv`; what reads files reads it too."""

    _url: str

    def __new__(cls, url: str) -> RemotePath:
        """A path that is written as its URL is."""
        made: RemotePath = super().__new__(cls, url)
        made._url = url
        return made

    def __reduce__(self) -> tuple[type[RemotePath], tuple[str]]:
        return type(self), (str(self),)

    def __str__(self) -> str:
        return str(getattr(self, "_url", None) or super().__str__())

    def open(self, *_: Any, **__: Any) -> Any:
        """The bytes of the file, buffered."""
        with _faults(self._url):
            system, path = _system(self._url)
            return io.BufferedReader(system.open(path, "rb"))

    def stat(self, **_: Any) -> os.stat_result:
        """Its size, and for its time a number that changes with the file."""
        with _faults(self._url):
            system, path = _system(self._url)
            about, stamp = system.info(path), system.ukey(path)
        kind = stat.S_IFDIR if about["type"] == "directory" else stat.S_IFREG
        time = {"st_mtime_ns": int(str(stamp)[:_STAMP_DIGITS], 16)}
        return os.stat_result((kind, 0, 0, 0, 0, 0, about["size"] or 0, 0, 0, 0), time)

    def absolute(self) -> RemotePath:
        """The same everywhere."""
        return self

    def exists(self, **_: Any) -> bool:
        """Whether there is such a file or folder."""
        system, path = _system(self._url)
        return bool(system.exists(path))

    def is_file(self, **_: Any) -> bool:
        """Whether it is a file."""
        system, path = _system(self._url)
        return bool(system.isfile(path))

    def is_dir(self, **_: Any) -> bool:
        """Whether it is a folder."""
        system, path = _system(self._url)
        return bool(system.isdir(path))


def path_of(given: Path | str) -> Path:
    """The path of a file or a folder, or of what has a URL."""
    if isinstance(given, Path):
        return given
    return RemotePath(given) if _MARK in given else Path(given)


def named_like(pattern: str) -> list[Path]:
    """The files whose URLs are like a pattern, or that are in a folder, sorted."""
    with _faults(pattern):
        system, path = _system(pattern)
        inside = f"{path.rstrip('/')}/*" if system.isdir(path) else path
        found = sorted(each for each in system.glob(inside) if system.isfile(each))
        return [RemotePath(system.unstrip_protocol(each)) for each in found]


def _system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingError("URLs are read with fsspec", hint="install it with: pip install fsspec") from error
    try:
        system, path = url_to_fs(url)
    except ImportError as error:  # it names what is missing
        said = f"{str(error)[:1].lower()}{str(error)[1:]}"
        raise MissingError(said, hint="that is a package of Python, for pip", location=url) from error
    except ValueError as error:
        raise DataError(
            str(error).lower(), hint="see fsspec's documentation for URLs", location=url
        ) from error
    return system, path


@contextmanager
def _faults(url: str) -> Iterator[None]:
    """What a store refuses, in words. What is no file there is what a file system says of it."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError("there is no such file", hint="check the URL", location=url) from error
    except OSError as error:
        reason = str(error).split("\n", 1)[0]
        hint = "check the URL, and whether you may read it"
        raise DataError(f"the file cannot be read: {reason}", hint=hint, location=url) from error
