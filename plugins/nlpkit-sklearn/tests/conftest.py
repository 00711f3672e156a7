"""What every test of this plugin gets: one torch thread, a cache of its own, and corpora."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import settings

from nlpkit import Collator, Labels, Offsetify, Vocab
from nlpkit.indexing import encode
from nlpkit.nn.rows import Rows

REPOSITORY = Path(__file__).resolve().parents[3]

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


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


@dataclass(frozen=True)
class Toy:
    """Forty texts for training and twenty for validation; each class has its own words beside common ones."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    vocab: Vocab
    labels: Labels
    train: Rows
    valid: Rows


@pytest.fixture(scope="session")
def toy() -> Callable[..., Toy]:
    """The toy corpus with so many classes, as rows for a collator."""
    words = {"animal": "cat dog fox owl", "colour": "red blue pink grey", "number": "one two six ten"}

    def corpus(classes: int = 3, collator: Collator | None = None) -> Toy:
        random, chosen = Random(7), list(words)[:classes]
        names = [name for _, name in zip(range(60), cycle(chosen), strict=False)]
        texts = [
            " ".join(random.choices([*words[name].split(), "and", "the"], k=random.randint(2, 7)))
            for name in names
        ]
        vocab = Vocab(sorted({word for text in texts[:40] for word in text.split()}))
        ids, labels = encode(texts, str.split, vocab), Labels(chosen)
        gold, collate = np.array(labels.ids(names)), (collator or Offsetify()).build(vocab)
        train = Rows(ids.take(range(40)), gold[:40], collate)
        valid = Rows(ids.take(range(40, 60)), gold[40:], collate)
        return Toy(tuple(texts), tuple(names), vocab, labels, train, valid)

    return corpus
