"""The file of word vectors that a path or a name stands for.

One with a name is looked for in the folder `vectors` of NLPKIT_DATA_DIR and of the cache, as it is published
or unpacked, and downloaded into the cache where it is in neither.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from nlpkit.data.download import download, offline
from nlpkit.data.reading.source.files import file_problems
from nlpkit.data.vectors.published import IN_SHORT, PUBLISHED, Published, nearest, without_endings
from nlpkit.data.vectors.source import WANTED
from nlpkit.errors import DataError, NetworkError, NlpkitError
from nlpkit.system.atomic import atomic_bytes
from nlpkit.system.cache import cache_folder
from nlpkit.system.environment import folder_of

_MAX_BYTES: Final = 1 << 33  # of a download


def vectors_file(vectors: Path | str) -> Path:
    """The file of a path, or of a name of `PUBLISHED`; NetworkError where it cannot be had."""
    for problem in vectors_problems(vectors):
        raise problem
    if isinstance(vectors, Path):
        return vectors
    published = PUBLISHED[vectors]
    return _there(published) or _fetched(published, cache_folder() / "vectors")


def vectors_problems(vectors: Path | str | None) -> Iterator[NlpkitError]:
    """Why vectors cannot be had, as far as it is known without the network."""
    if isinstance(vectors, Path):
        for problem in file_problems(vectors, wanted=WANTED):
            yield problem if _exists(vectors) else _with_names(problem, vectors.name)
    elif vectors and offline() and not (_there(PUBLISHED[vectors]) or _archive(PUBLISHED[vectors])):
        published = PUBLISHED[vectors]
        said = f"{vectors} is not here, and NLPKIT_OFFLINE forbids downloading it"
        yield NetworkError(
            said, hint=f"{_by_hand(published)}, or unset NLPKIT_OFFLINE", location=published.url
        )


def vectors_downloads() -> Iterator[Path]:
    """The files of the cache folder that were downloaded or unpacked, in whole or in part."""
    folder = cache_folder() / "vectors"
    with suppress(OSError):  # a folder that may not be looked into
        names = {name for each in PUBLISHED.values() for name in (each.file, each.download)}
        for path in sorted(folder.iterdir()) if not folder.is_symlink() else ():
            whole = path.name.removesuffix(".part").removesuffix(".lock")
            if whole in names and path.is_file() and not path.is_symlink():
                yield path


def _folders() -> list[Path]:
    chosen = folder_of("NLPKIT_DATA_DIR")
    return [folder / "vectors" for folder in (chosen, cache_folder()) if folder]


def _there(published: Published) -> Path | None:
    """The file, packed or not."""
    names = dict.fromkeys((published.file, published.file.removesuffix(".gz")))
    paths = (folder / name for folder in _folders() for name in names)
    return next((path for path in paths if path.is_file()), None)


def _archive(published: Published) -> Path | None:
    """The zip file that has the file in it."""
    paths = (folder / published.download for folder in _folders() if published.zipped)
    return next((path for path in paths if path.is_file()), None)


def _fetched(published: Published, folder: Path) -> Path:
    archive = _archive(published)
    if archive is None:
        archive = folder / published.download
        try:
            download(
                published.url,
                archive,
                sha256=published.sha256,
                size=published.size,
                max_bytes=_MAX_BYTES,
            )
        except NetworkError as error:
            error.hint = f"try again later, or {_by_hand(published)} yourself"
            raise
    if not published.zipped:
        return archive
    file = _unpacked(archive, published.file, folder)
    alone = sum(each.url == published.url for each in PUBLISHED.values()) == 1
    if alone and archive.parent == folder:
        archive.unlink()  # there is nothing else in it
    return file


def _unpacked(archive: Path, name: str, folder: Path) -> Path:
    """One file of a zip file, in a folder."""
    file = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            inside = next((each for each in packed.namelist() if each.rsplit("/", 1)[-1] == name), None)
            if inside is None:
                raise DataError(
                    f"there is no {name} in it", hint="is it another file?", location=str(archive)
                )
            with packed.open(inside) as source, atomic_bytes(file) as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        hint = "delete it, and it is downloaded again"
        raise DataError("this is no intact zip file", hint=hint, location=str(archive)) from error
    return file


def _by_hand(published: Published) -> str:
    """Where to put what."""
    either = f"{published.download} or {published.file}" if published.zipped else published.file
    return f"put {either} into {cache_folder() / 'vectors'}"


def _exists(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.exists()
    return False


def _with_names(problem: DataError, name: str) -> DataError:
    """The refusal of a path that is not there, with what else may have been meant."""
    asks = "?" if problem.hint.endswith("?") else ""  # whether another file is meant
    if near := nearest(name):
        problem.hint = f'{problem.hint.removesuffix("?")}, or write "{near}" alone, which is downloaded{asks}'
    elif not asks and name == without_endings(name):
        problem.hint = f"{problem.hint}, or write a name that is known: {IN_SHORT}"
    return problem
