"""What is written appears whole or not at all: a file, or a folder.

It grows beside its final place, under a hidden name with the number of the process that writes it, which
also holds a lock on it. A killed process leaves it behind; who writes beside it next removes it.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from nlpkit.errors import ConfigError, StorageError

_NAME_BYTES = 150  # of the final name, so that the hidden one fits a file system's 255
_PARTIAL = re.compile(r"\.(?P<stem>.*)\.nlpkit-partial-(?P<process>\d{1,9})-\d+", re.DOTALL)
_numbers = itertools.count()


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 file to write; it gets its name when all of it is on the disk."""
    with (
        _staged(path, Path.touch) as partial,
        writing(path),
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replaced_text(path: Path) -> Iterator[TextIO]:
    """As `atomic_text`, but a file of this name is replaced: whoever reads it has the old one or the new."""
    with (
        _staged(path, Path.touch, over=True) as partial,
        writing(path),
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def atomic_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file of bytes to write; it gets its name when all of it is on the disk."""
    with _staged(path, Path.touch) as partial, writing(path), partial.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give a folder to write into; it gets its name at the end, and is removed after any error."""
    with _staged(path, Path.mkdir) as partial:
        yield partial
        with writing(path):
            flush(partial)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A failing disk while `path` is written, as a StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror or error}",
            location=str(path),
            hint="nothing of it was kept; free some space or write elsewhere",
        ) from error


def require_free(path: Path, option: str) -> None:
    """ConfigError where nothing can be made at `path`; nothing is written. `option` gives another path."""
    place, reason = path, ""
    try:
        os.fsencode(path)
        reason = taken(path)
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        with writing(path):  # the current folder may be gone
            parent = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
        if not reason and not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
            place = parent
            reason = "this folder may not be written to" if parent.is_dir() else "this is not a folder"
    except UnicodeEncodeError:
        reason = "cannot be made: the name is not Unicode text"
    except (OSError, ValueError) as error:  # too long a name, a loop of links, a NUL
        reason = f"cannot be made: {getattr(error, 'strerror', None) or error}"
    if reason:
        raise ConfigError(reason, location=str(place), hint=f"give another {option}")


def taken(path: Path) -> str:
    """Why `path` is not free: it exists, or another process is writing it now. Empty where it is free."""
    if os.path.lexists(path):
        return f"this {'folder' if path.is_dir() else 'file'} exists, and nothing is ever overwritten"
    for partial, stem, process in _partials(path.parent):
        if stem == _stem(path) and process != os.getpid() and not _abandoned(partial, process):
            return f"process {process} is writing this now"
    return ""


@contextmanager
def _staged(path: Path, make: Callable[[Path], None], *, over: bool = False) -> Iterator[Path]:
    """A hidden path beside `path`, which becomes `path` at the end; in any other case nothing is left. With
    `over` it may take the place of a file.
    """
    with writing(path):
        path = path.absolute()  # wherever other code of this process goes meanwhile
    partial = path.with_name(f".{_stem(path)}.nlpkit-partial-{os.getpid()}-{next(_numbers)}")
    with made_parents(path):
        try:
            with _locked(path.parent):  # of those who start at once, one gets the name
                if not over:
                    require_free(path, "name")
                for other, _, process in _partials(path.parent):
                    if _abandoned(other, process):
                        _remove(other)
                with writing(path):
                    make(partial)
            with _locked(partial):
                yield partial
                if not over:
                    require_free(path, "name")
                with writing(path):
                    partial.replace(path) if over else partial.rename(path)
        finally:
            _remove(partial)


@contextmanager
def made_parents(path: Path) -> Iterator[None]:
    """The folders above a path, made for as long as there is something in them."""
    missing = [folder for folder in path.parents if not os.path.lexists(folder)]
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        for folder in missing:  # the innermost first; one that has something in it stays
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a folder; ConfigError where another process has it."""
    with ExitStack() as stack:
        with writing(path):
            descriptor = stack.enter_context(_opened(path))
        with suppress(OSError):  # a file system without locks
            if not _waited_for(descriptor):
                hint = "wait until it has ended, or stop it"
                raise ConfigError("another process is writing this now", location=str(path), hint=hint)
        yield


def is_held(path: Path) -> bool:
    """Whether another process has the lock of a folder now."""
    with suppress(OSError), _opened(path) as descriptor:
        try:
            _lock(descriptor)
        except BlockingIOError:
            return True
    return False


def _stem(path: Path) -> str:
    """The start of a name, cut between two characters."""
    return os.fsdecode(os.fsencode(path.name)[:_NAME_BYTES].decode("utf-8", "ignore").encode())


def _partials(folder: Path) -> Iterator[tuple[Path, str, int]]:
    """Each hidden path in a folder, with the start of its final name and its process."""
    with suppress(OSError):
        for path in folder.iterdir():
            if found := _PARTIAL.fullmatch(path.name):
                yield path, found["stem"], int(found["process"])


def _abandoned(partial: Path, process: int) -> bool:
    """Whether nobody writes this any more: no such process, and no lock.

    The lock is for a process of another container, whose number says nothing here.
    """
    if os.name != "posix" or _alive(process):
        return False
    with suppress(OSError), _opened(partial) as descriptor:
        _lock(descriptor)
        return True
    return False


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)  # there may be one, of another user
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file or folder; without it where it is not to be had in a second, or at all."""
    with ExitStack() as stack:
        with suppress(OSError):  # a file system without locks, a folder that may not be read
            descriptor = stack.enter_context(_opened(path))
            _waited_for(descriptor)
        yield


def _waited_for(descriptor: int) -> bool:
    """Whether the lock is had within a second, in which a killed process may still be ending."""
    for _ in range(50):
        with suppress(BlockingIOError):
            _lock(descriptor)
            return True
        time.sleep(0.02)
    return False


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """OSError where another process holds the lock; it ends with the descriptor, or with the process."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def flush(folder: Path) -> None:
    """Make sure that what was written is on the disk before the folder gets its name."""
    for path in [*folder.rglob("*"), folder]:
        with _opened(path) as descriptor:
            os.fsync(descriptor)
