"""AG News, where it is: a folder of the user's, the cache, or else downloaded into the cache.

Zhang, Zhao and LeCun (2015), "Character-level convolutional networks for text classification".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from nlpkit.data.download import download
from nlpkit.data.reading.layout import CsvLayout
from nlpkit.data.reading.readers import TextFile, read_file
from nlpkit.data.reading.source.files import PIECE_SIZE, HashedFile
from nlpkit.data.split import Split, draw_parts
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import DataError, NetworkError, StorageError
from nlpkit.notes import Note
from nlpkit.system.cache import cache_folder
from nlpkit.system.environment import folder_of

BASE_URL = "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/"
OFFICIAL_MD5 = {
    "train.csv": "b1a00f826fdfbd249f79597b59e1dc12",
    "test.csv": "d52ea96a97a2d943681189a97654912d",
}
CLASSES = {"1": "World", "2": "Sports", "3": "Business", "4": "Sci/Tech"}
_LAYOUT = CsvLayout(text=(1, 2), label=0, header=False)


def read_ag_news(split: Split, fallback: Callable[[], Splits] | None) -> Splits:
    """Train, valid and test; the fallback's, which says so, where AG News is not to be had."""
    try:
        folder, notes = _found()
    except (NetworkError, StorageError) as error:
        if fallback is None:
            error.hint += ', or set fallback to a dataset that needs no network, such as "headlines"'
            raise
        splits = fallback()
        said = f"NOT AG NEWS: {splits.source} stands in for it, because {error.message}"
        return replace(splits, substitute=said)
    train, test = (_read(folder / name) for name in OFFICIAL_MD5)
    splits = draw_parts(train.texts, None, test.texts, split)
    return replace(
        splits,
        source="ag_news",
        layout=_LAYOUT,
        label_type="checked",
        files=(*train.files, *test.files),
        notes=(*notes, *train.notes, *test.notes, *splits.notes),
    )


def downloads() -> Iterator[Path]:
    """The files of the cache folder that were downloaded, in whole or in part."""
    folder = cache_folder() / "ag_news"
    with suppress(OSError):  # a folder that may not be looked into
        for name in OFFICIAL_MD5 if not folder.is_symlink() else ():
            for path in (folder / f"{name}{ending}" for ending in ("", ".part", ".lock")):
                if path.is_file() and not path.is_symlink():
                    yield path


def _found() -> tuple[Path, tuple[Note, ...]]:
    """The folder that has both files, and what is odd about it."""
    if chosen := folder_of("NLPKIT_DATA_DIR"):
        folder = chosen / "ag_news"
        there = [name for name in OFFICIAL_MD5 if (folder / name).exists()]
        if len(there) == 1:
            raise DataError(
                f"{there[0]} is there and the other file of AG News is not",
                hint=f"put both {' and '.join(OFFICIAL_MD5)} there, or neither",
                location=str(folder),
            )
        if there:
            return folder, ()
    folder = cache_folder() / "ag_news"
    for name, md5 in OFFICIAL_MD5.items():
        if not (folder / name).exists():
            download(BASE_URL + name, folder / name, md5)
    others = [folder / name for name, md5 in OFFICIAL_MD5.items() if _md5(folder / name) != md5]
    said = "is not the official file of AG News; delete it to have that downloaded"
    return folder, tuple(Note(f"{path} {said}", paths=(path,)) for path in others)


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with HashedFile(path) as file:
        while piece := file.read(PIECE_SIZE):
            digest.update(piece)
    return digest.hexdigest()


def _read(path: Path) -> TextFile:
    file = read_file(path, _LAYOUT)
    texts = file.texts
    for row, label in zip(texts.rows, texts.labels, strict=True):
        if label not in CLASSES:
            raise DataError(
                f"the class {label!r} in row {row}, where AG News has 1 to 4",
                hint="put the official file there, or read this one as csv",
                location=str(path),
            )
    labels = [CLASSES[label] for label in texts.labels]
    return replace(file, texts=Texts(texts.texts, labels, texts.rows))
