"""A generated corpus: Zipf's law for words, log-normal lengths, and words that tell the classes apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean, pstdev

import numpy as np
from numpy.typing import NDArray

CLASSES = ("World", "Sports", "Business", "Sci/Tech")
SHIFT = 2.7  # of Mandelbrot's form of the law, 1 / (rank + 2.7)
TELLING_RANKS = (200, 1000)  # words that tell the classes apart: a seventh of a text
TELLING = 0.5  # how often such a word is drawn from those of the text's own class
SYLLABLES = [consonant + vowel for vowel in "aeiou" for consonant in "bcdfghjklmnpqrstvwxz"]


@dataclass(frozen=True)
class Shape:
    """How large a corpus is: documents, distinct words of the training texts, and the lengths of texts."""

    documents: int
    test_documents: int
    words: int
    log_mean: float
    log_deviation: float


def shape_of(texts: Sequence[str]) -> Shape:
    """Of given texts; lengths are in words between white space."""
    logs = [log(max(1, len(text.split()))) for text in texts]
    distinct = len({word for text in texts for word in text.lower().split()})
    return Shape(len(texts), 0, distinct, fmean(logs), pstdev(logs))


def word(rank: int) -> str:
    """The word of a rank from 0: syllables, one alone for the first 100.

    >>> word(0), word(99), word(100)
    ('ba', 'zu', 'baba')
    """
    rank += 1
    syllables = ""
    while rank:
        rank, place = divmod(rank - 1, len(SYLLABLES))
        syllables = SYLLABLES[place] + syllables
    return syllables


def zipf_rows(shape: Shape, seed: int) -> list[tuple[str, str]]:
    """Labels and texts, the training ones first; they have every one of the words."""
    draw = np.random.default_rng(seed)
    total = shape.documents + shape.test_documents
    lengths = np.rint(draw.lognormal(shape.log_mean, shape.log_deviation, total)).astype(np.int64)
    lengths = lengths.clip(1, int(exp(shape.log_mean + 4 * shape.log_deviation)) + 1)
    labels = draw.integers(len(CLASSES), size=total)
    ids = _ids(draw, shape.words, labels.repeat(lengths))
    ends = lengths.cumsum()
    _fill(draw, ids[: ends[shape.documents - 1]], shape.words)
    words = [word(rank) for rank in range(shape.words)]
    return [
        (CLASSES[label], " ".join([words[i] for i in ids[end - length : end].tolist()]))
        for label, length, end in zip(labels.tolist(), lengths.tolist(), ends.tolist(), strict=True)
    ]


def _ids(draw: np.random.Generator, words: int, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """A word (rank) for each place, int64 (N,), by the class of the place's text.

    Telling ranks with the same remainder by the number of classes belong to one class.
    """
    steps = (1 / (np.arange(words) + SHIFT)).cumsum()
    ids = np.searchsorted(steps, draw.random(len(labels)) * steps[-1]).clip(0, words - 1)
    first, end = TELLING_RANKS
    telling = (ids >= first) & (ids < min(end, words - len(CLASSES)))
    moved = telling & (draw.random(len(labels)) < TELLING)
    found: NDArray[np.int64] = np.where(moved, ids - ids % len(CLASSES) + labels, ids)
    return found


def _fill(draw: np.random.Generator, ids: NDArray[np.int64], words: int) -> None:
    """Put each word that does not occur in the place of one that occurs often, in place."""
    counts = np.bincount(ids, minlength=words)
    missing = np.flatnonzero(counts == 0)
    frequent = np.flatnonzero(counts[ids] > len(ids) // words + 1)
    ids[draw.choice(frequent, len(missing), replace=False)] = missing
