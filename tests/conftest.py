"""What every test gets: no network, one torch thread, and the folders of files that others made."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from nlpkit.components.kinds import Collator
    from nlpkit.training.rows import Rows
    from nlpkit.vocab import Labels, Vocab

REPOSITORY = Path(__file__).resolve().parent.parent
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1", "", None}

# a busy machine is no failure; a change is judged by the same examples every time, the night looks for more
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("night", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_runtest_setup() -> None:
    """No look for cycles goes through what torch and the other tests hold: 0.1 s for each of many looks.

    A promise about memory looks often, and at its end what was frozen no longer is.
    """
    if not gc.get_freeze_count():
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Only this machine can be reached; anything else is an error that no `except OSError` swallows."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}
    real_lookup = socket.getaddrinfo

    def refuse_others(host: Any) -> None:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in LOCAL_HOSTS:
            raise RuntimeError(f"a test reaches for the network: {name}")

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse_others(address[0])
        real["connect"](self, address)

    def connect_ex(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse_others(address[0])
        return real["connect_ex"](self, address)

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_others(host)
        return real_lookup(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket.socket, "connect_ex", connect_ex)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs leave for later runs goes where nobody else finds it.

    No tokens are left there: a run leaves some where they took long, which on a busy machine they do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLPKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("nlpkit.text.store.indexed.WORTH_SECONDS", 1e9)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> None:
    """At the sizes of tests a second thread costs more than it gives."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def folder_or_skip(variable: str, fallback: str) -> Path:
    """The folder that an environment variable names, or one beside the repository, or a skipped test."""
    folder = Path(os.environ.get(variable) or REPOSITORY.parent / "shared" / fallback)
    if not folder.is_dir():
        pytest.skip(f"{variable} is not set to a folder, and {folder} does not exist")
    return folder


@pytest.fixture(scope="session")
def golden_dir() -> Path:
    """Files of what torchtext gave."""
    return folder_or_skip("NLPKIT_GOLDEN_DIR", "golden")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Samples of real data sets."""
    return folder_or_skip("NLPKIT_DATA_DIR", "data")


@dataclass(frozen=True)
class Toy:
    """Forty short texts for training and twenty for validation; each of three classes has its own words."""

    vocab: Vocab
    labels: Labels
    train: Rows
    valid: Rows


@pytest.fixture(scope="session")
def toy() -> Callable[..., Toy]:
    """The toy corpus as rows for a collator."""
    from nlpkit.components.collators import PadLength
    from nlpkit.text.indexing import encode
    from nlpkit.training.rows import Rows
    from nlpkit.vocab import Labels, Vocab

    words = {"animal": "cat dog fox owl", "colour": "red blue pink grey", "number": "one two six ten"}
    random = Random(7)
    labels = [name for _, name in zip(range(60), cycle(words), strict=False)]
    texts = [" ".join(random.choices(words[name].split(), k=random.randint(1, 7))) for name in labels]

    def rows_for(collator: Collator | None = None) -> Toy:
        vocab, names = Vocab(sorted(" ".join(words.values()).split())), Labels(sorted(words))
        ids, gold = encode(texts, str.split, vocab), np.array(names.ids(labels), np.int64)
        first, last = range(40), range(40, 60)
        collate = (collator or PadLength()).build(vocab)
        train = Rows(ids.take(first), gold[:40], collate)
        return Toy(vocab, names, train, Rows(ids.take(last), gold[40:], collate))

    return rows_for


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on 400 invented headlines: good enough to be right about most of them."""
    import torch

    from nlpkit import Embedding, EmbeddingMean, Experiment, Headlines, Offsetify, Standard, run

    torch.set_num_threads(1)
    experiment = Experiment(
        data=Headlines(train_size=400, valid_size=60, test_size=80, order_fraction=0.0),
        encoder=EmbeddingMean(embedding=Embedding(size=16)),
        collator=Offsetify(),
        trainer=Standard(epochs=3, learning_rate=3e-2),
    )
    folder = tmp_path_factory.mktemp("runs") / "headlines"
    assert run(experiment, folder).scores["accuracy"] > 0.8
    return folder


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """The model of a run, to be damaged."""
    shutil.copytree(trained / "model", tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, no AG News and no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path))
    return tmp_path
