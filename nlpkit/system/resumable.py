"""What is long in the making, a folder or a file: it outlives the process, and another one goes on with it.

It grows beside its final place in the folder NAME.partial, which one process at a time may hold.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from nlpkit.errors import ConfigError
from nlpkit.system.atomic import flush, held, made_parents, require_free, writing

ENDING: Final = ".partial"
_NAME_BYTES: Final = 255  # that most file systems allow
_MARK_CHARS: Final = 16


def partial_of(path: Path) -> Path:
    """Where a folder is before it is whole; of a name that leaves no room for the ending, its start."""
    name = os.fsencode(path.name)
    if len(name) + len(ENDING) > _NAME_BYTES:
        mark = hashlib.sha256(name).hexdigest()[:_MARK_CHARS]
        start = name[: _NAME_BYTES - len(ENDING) - len(mark)].decode("utf-8", "ignore")
        return path.with_name(f"{start}{mark}{ENDING}")
    return path.parent / f"{path.name}{ENDING}"


def final_of(path: Path) -> Path:
    """Where a folder will be once it is whole; `path` may also be that already."""
    return path.parent / path.name.removesuffix(ENDING)


@contextmanager
def resumable_folder(
    path: Path, *, resume: bool, worth: Callable[[Path, BaseException | None], bool], scrap: str
) -> Iterator[Path]:
    """Give a folder to write into, that gets its name at the end. With `resume` it is the one that is there
    already, which stays after any error; a new one stays only if it is `worth` it.
    What is called `scrap` in it is removed at the end.

    ConfigError where another process has it, where there is none to resume, or one that is not to be lost.
    """
    if resume and not partial_of(path).is_dir():
        raise ConfigError("there is no unfinished run here", location=str(partial_of(path).absolute()))
    with _partial(path, "folder", resume=resume, worth=worth) as (path, partial):
        yield partial
        require_free(path, "folder")
        with writing(path):
            flush(partial)
            partial.rename(path)
        shutil.rmtree(path / scrap, ignore_errors=True)


@contextmanager
def resumable_files(
    paths: Mapping[str, Path], *, resume: bool, worth: Callable[[Path, BaseException | None], bool]
) -> Iterator[Path]:
    """Give a folder to write files into, which get their final `paths` at the end, in this order; it stands
    beside the last of them, and stays as `resumable_folder` says. A file that nobody wrote gets no path.
    """
    with _partial([*paths.values()][-1], "--output", resume=resume, worth=worth) as (_, partial):
        yield partial
        for name, path in paths.items():
            require_free(path, "--output")
            if (partial / name).exists():
                with writing(path):
                    flush(partial)
                    (partial / name).rename(path)
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _partial(
    path: Path, option: str, *, resume: bool, worth: Callable[[Path, BaseException | None], bool]
) -> Iterator[tuple[Path, Path]]:
    """The final path of something and the folder it grows in, held; a new one is removed after an error that
    it is not `worth` to be kept after.
    """
    path = path.absolute()
    partial = partial_of(path)
    require_free(path, option)
    with made_parents(path):
        if not resume and partial.is_dir() and not worth(partial, None):
            with held(partial):
                shutil.rmtree(partial, ignore_errors=True)
        if partial.is_symlink():
            hint = "go on where it leads to, or move that here"
            raise ConfigError("this is a link, and cannot get another name", location=str(partial), hint=hint)
        if not resume:
            require_free(partial, option)
            with writing(path):
                partial.mkdir()
        with held(partial):
            try:
                yield path, partial
            except BaseException as error:
                if not worth(partial, error) and not resume:
                    with suppress(OSError):
                        shutil.rmtree(partial)
                raise
