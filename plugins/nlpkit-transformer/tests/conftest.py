"""What every test gets: no network, one torch thread, a cache of its own, and TREC question types."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
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
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs leave for later runs goes where nobody else finds it, and torch takes one core."""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLPKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def trec6() -> Path:
    """The folder of train.csv and test.csv of TREC question types."""
    folder = Path(os.environ.get("NLPKIT_DATA_DIR") or REPOSITORY.parent / "shared" / "data") / "trec6"
    if not folder.is_dir():
        pytest.skip(f"NLPKIT_DATA_DIR has no trec6, and {folder} does not exist")
    return folder
