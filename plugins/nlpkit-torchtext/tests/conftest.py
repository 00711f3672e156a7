"""What every test gets: no network, one torch thread, and torchtext where it loads."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[3]

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Nothing is reached; an attempt is an error that no `except OSError` swallows."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"a test reaches for the network: {args[1:]}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket.socket, "connect_ex", refuse)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs leave for later runs goes where nobody else finds it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLPKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def torchtext() -> ModuleType:
    """The real torchtext; a skipped test where it is not installed or torch is another than 2.3."""
    try:
        found = version("torchtext")
    except PackageNotFoundError:
        pytest.skip("torchtext is not installed: make test-torchtext tests beside it")
    if not version("torch").startswith("2.3."):
        pytest.skip(f"torchtext {found} loads beside torch 2.3 only: make test-torchtext tests beside it")
    from nlpkit_torchtext.loading import load_module

    for module in ("data.functional", "datasets", "functional", "transforms", "vocab"):
        load_module(module, wanted="vocab.Vocab")
    return import_module("torchtext")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Samples of real data sets."""
    folder = Path(os.environ.get("NLPKIT_DATA_DIR") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"NLPKIT_DATA_DIR is not set to a folder, and {folder} does not exist")
    return folder
