"""Rows of a torchtext dataset, read from its files; downloaded only where that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from unittest.mock import patch

from nlpkit import MissingError, NetworkError, Splits, Texts
from nlpkit.data import PackedTexts, SourceFile, draw_parts, named_files, offline
from nlpkit_torchtext.datasets import FORMS
from nlpkit_torchtext.loading import load_module
from nlpkit_torchtext.names import NAMES

if TYPE_CHECKING:
    from nlpkit_torchtext.datasets import TorchtextDataset

Rows = Callable[..., Iterable[tuple[int | str, ...]]]


def read_dataset(settings: TorchtextDataset) -> Splits:
    """The parts that are asked for; NetworkError where a file is missing and must not be downloaded."""
    wanted = f"datasets.{settings.name}"
    function = getattr(load_module("datasets", wanted=wanted), settings.name)
    test = settings.test or FORMS[settings.name].splits[-1]
    asked = {settings.train, settings.valid or test, test}
    try:
        with _network(settings):
            parts = {name: _part(settings, function, name) for name in sorted(asked, reverse=True)}
    except ImportError as error:
        reason = " ".join(str(error).split())[:200]
        raise MissingError(
            f"torchtext.{wanted} needs torchdata 0.7.1 and portalocker ({reason}): install them, "
            f"or take nlpkit's {NAMES[wanted]}"
        ) from error
    valid = None if settings.valid is None else parts[settings.valid]
    splits = draw_parts(parts[settings.train], valid, parts[test], settings.split)
    return replace(splits, source=f"torchtext {settings.name}", files=_files(settings))


def _files(settings: TorchtextDataset) -> tuple[SourceFile, ...]:
    """What torchtext has in the folder of the dataset, archives and all."""
    root = settings.root or getattr(import_module("torchtext"), "_CACHE_DIR", None)
    return named_files(Path(root) / "datasets" / settings.name) if root else ()


def _part(settings: TorchtextDataset, function: Rows, split: str) -> Texts:
    form = FORMS[settings.name]
    where = {} if settings.root is None else {"root": str(settings.root)}
    rows = list(function(split=split, **where))
    return Texts(PackedTexts(str(row[form.text]) for row in rows), [str(row[form.label]) for row in rows])


@contextmanager
def _network(settings: TorchtextDataset) -> Iterator[None]:
    """Without leave to download, the first request for a file is refused: torchdata makes them all by
    `requests`, and asks for what is missing or has another MD5 than the official file."""
    if settings.download and not offline():
        try:
            yield
        except (OSError, RuntimeError) as error:  # of `requests`, and of a file with another MD5
            reason = " ".join(str(error).split())[:200]
            raise NetworkError(f"torchtext could not get {settings.name}: {reason}") from error
        return
    cacheholder = import_module("torchdata.datapipes.iter.util.cacheholder")
    name_of = cacheholder._promise_filename
    promised: list[Path] = []  # what torchdata leaves beside a file that is to come

    def noted(filename: str, uuid: object) -> str:
        promised.append(Path(name_of(filename, uuid)))
        return str(promised[-1])

    def refuse(session: object, method: str, url: str, **options: object) -> NoReturn:
        raise _refusal(settings, url)

    try:
        with patch("requests.Session.request", refuse), patch.object(cacheholder, "_promise_filename", noted):
            yield
    except NetworkError as error:
        for path in promised:
            path.unlink(missing_ok=True)
        raise error from None


def _refusal(settings: TorchtextDataset, url: str) -> NetworkError:
    forbidden = "NLPKIT_OFFLINE forbids downloading it" if settings.download else "download is false"
    where = settings.root or "torchtext's cache folder"
    return NetworkError(
        f"a file of torchtext's {settings.name} is missing in {where} or is not the official one, "
        f"and {forbidden}",
        hint="put the file there, or set data.download to true",
        location=url,
    )
