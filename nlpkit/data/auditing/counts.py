"""Which word is in how many texts of which class, and what follows from it.

Axes: R texts, N words of all texts, V distinct words, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlpkit.data.auditing.words import Places, Words, distinct, spelt

LEAST_TEXTS: Final = 20  # that have a word which gives a class away
LEAST_COVERED: Final = 0.1  # of the texts of the class
LEAST_PURE: Final = 0.98  # of the texts that have the word
_MISSING: Final = 10


@dataclass(frozen=True, eq=False)
class Counts:
    """Distinct words, in no order that means anything: `words` int64 (P,) and `texts` int64 (P,) say which of
    the V is in which text, once each. `places` int64 (V,) is where each occurs first, and `often` int64
    (V, 3) how often in each part.
    """

    words: Places
    texts: Places
    places: Places
    often: Places


def counts_of(words: Words, parts: Places) -> Counts:
    """Count the words of texts of `parts` int64 (R,), from 0 to 2."""
    ids, texts, order, first, once = distinct(words.numbers, words.rows)
    size = int(ids[-1]) + 1 if len(ids) else 0
    often = np.bincount(ids * 3 + parts[texts], minlength=3 * size).reshape(size, 3)
    return Counts(ids[once], texts[once], order[first], often)


@dataclass(frozen=True)
class GiveAway:
    """A word that nearly no other class has: in so many `texts`, of which a share `purity` is of the class
    with this id, of whose texts it is in a share `coverage`.
    """

    word: int
    label: int
    texts: int
    purity: float
    coverage: float


def give_aways(counts: Counts, labels: NDArray[np.int64]) -> list[GiveAway]:
    """Words of training texts that tell their class alone, the most frequent first. `labels` are the class
    ids of the first texts, int64 (T,), which are those for training.
    """
    here = counts.texts < len(labels)
    words, texts = counts.words[here], counts.texts[here]
    having = np.bincount(words, minlength=len(counts.places))
    frequent = np.flatnonzero(having >= LEAST_TEXTS)
    if not len(frequent):
        return []
    of_class = np.bincount(labels)
    number = np.full(len(having), -1)
    number[frequent] = np.arange(len(frequent))
    kept = number[words] >= 0
    of_both = np.bincount(
        number[words[kept]] * len(of_class) + labels[texts[kept]], minlength=len(frequent) * len(of_class)
    ).reshape(len(frequent), len(of_class))
    best = of_both.argmax(axis=1)
    most, seen = of_both.max(axis=1), having[frequent]
    tells = (most >= LEAST_PURE * seen) & (most >= LEAST_COVERED * of_class[best])
    tells &= of_class[best] < LEAST_PURE * len(labels)  # nearly all texts are of the class anyway
    found = [
        GiveAway(int(frequent[k]), int(best[k]), int(seen[k]), most[k] / seen[k], most[k] / of_class[best[k]])
        for k in np.flatnonzero(tells).tolist()
    ]
    return sorted(found, key=lambda each: (-each.texts, int(counts.places[each.word])))


def missing_words(counts: Counts, part: int) -> tuple[float, list[tuple[int, int]]]:
    """The share of the words of a part that training has not, and the most frequent of them: which and how
    often.
    """
    mine = counts.often[:, part]
    missing = np.where(counts.often[:, 0] == 0, mine, 0)
    first = np.lexsort((counts.places, -missing))[:_MISSING]
    share = float(missing.sum() / mine.sum()) if mine.sum() else 0.0
    return share, [(each, int(missing[each])) for each in first.tolist() if missing[each]]


def spelling(counts: Counts, words: Words, texts: Sequence[str], word: int) -> str:
    """How a word is spelt."""
    place = int(counts.places[word])
    text = int(np.searchsorted(words.offsets, place, "right")) - 1
    return spelt(texts[text])[place - int(words.offsets[text])]
