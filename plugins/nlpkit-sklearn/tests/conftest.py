"""A toy corpus as rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from random import Random

import numpy as np
import pytest

from nlpkit import Collator, Labels, Offsetify, Vocab
from nlpkit.text import encode
from nlpkit.training import Rows


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
