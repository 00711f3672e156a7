"""Scores of labels, computed from counts: of many resamples at once.

Axes: R rows, N resamples, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlpkit.scoring.resamples import Resamples

    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Counts:
    """Of each class the rows that have it (`gold`), are given it (`predicted`), and both (`right`): float64
    (N, C) each. `positive` is the place of the second class of two.
    """

    gold: Numbers
    predicted: Numbers
    right: Numbers
    positive: int

    @property
    def rows(self) -> Numbers:
        found: Numbers = self.gold.sum(axis=1)
        return found

    @property
    def all_right(self) -> Numbers:
        found: Numbers = self.right.sum(axis=1)
        return found


def counted(gold: Ids, predicted: Ids, resamples: Resamples) -> Iterator[Counts]:
    """The counts of class ids (R,) in each resample, in blocks."""
    from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]

    classes = np.unique(np.concatenate([gold, predicted, [1]]))
    at = [np.searchsorted(classes, each) for each in (gold, predicted)]
    ones, rows = np.ones(len(gold)), np.arange(len(gold))
    shape = len(gold), len(classes)

    def columns(marks: Numbers, places: Ids) -> Any:
        return csr_matrix((marks, (rows, places)), shape=shape)

    marked = hstack([columns(ones, at[0]), columns(ones, at[1]), columns(1.0 * (gold == predicted), at[0])])
    for block in resamples.sums(marked.tocsr()):
        of_gold, of_predicted, of_both = np.split(block, 3, axis=1)
        yield Counts(of_gold, of_predicted, of_both, int(np.searchsorted(classes, 1)))


def shares(part: Numbers, whole: Numbers) -> Numbers:
    """0 where there is nothing to have a share of."""
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)


RATES: Final[dict[str, Callable[[Numbers, Numbers, Numbers], Numbers]]] = {
    "precision": lambda right, gold, given: shares(right, given),
    "recall": lambda right, gold, given: shares(right, gold),
    "f1": lambda right, gold, given: shares(2 * right, gold + given),
    "jaccard": lambda right, gold, given: shares(right, gold + given - right),
}
"""What follows from how often a label is right, gold and given."""


def _accuracy(counts: Counts) -> Numbers:
    return counts.all_right / counts.rows


def _balanced_accuracy(counts: Counts) -> Numbers:
    """The mean recall of the classes that have rows."""
    found: Numbers = shares(counts.right, counts.gold).sum(axis=1) / (counts.gold > 0).sum(axis=1)
    return found


def _matthews_corrcoef(counts: Counts) -> Numbers:
    """0 where all labels or all predictions are of one class (Gorodkin, 2004)."""
    rows = counts.rows
    top = counts.all_right * rows - (counts.gold * counts.predicted).sum(axis=1)
    spread = [rows**2 - (each**2).sum(axis=1) for each in (counts.gold, counts.predicted)]
    return shares(top, np.sqrt(spread[0] * spread[1]))


def _cohen_kappa(counts: Counts) -> Numbers:
    """NaN where all labels and all predictions are of one class."""
    rows = counts.rows
    by_luck = rows - (counts.gold * counts.predicted).sum(axis=1) / rows
    with np.errstate(invalid="ignore"):
        return np.where(by_luck > 0, 1 - (rows - counts.all_right) / by_luck, np.nan)


def _of_classes(name: str) -> dict[str, Callable[[Counts], Numbers]]:
    """The score of the second class of two, and the averages over classes: each counts as much, or as much
    as it has rows.
    """

    def by_class(counts: Counts) -> Numbers:
        return RATES[name](counts.right, counts.gold, counts.predicted)

    def positive(counts: Counts) -> Numbers:
        return by_class(counts)[:, counts.positive]

    def macro(counts: Counts) -> Numbers:
        found: Numbers = by_class(counts).sum(axis=1) / (counts.gold + counts.predicted > 0).sum(axis=1)
        return found

    def weighted(counts: Counts) -> Numbers:
        found: Numbers = (by_class(counts) * counts.gold).sum(axis=1) / counts.rows
        return found

    return {name: positive, f"{name}_macro": macro, f"{name}_weighted": weighted}


COUNTED: Final[dict[str, Callable[[Counts], Numbers]]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "matthews_corrcoef": _matthews_corrcoef,
    "cohen_kappa": _cohen_kappa,
    "hamming_loss": lambda counts: 1 - _accuracy(counts),
    "zero_one_loss": lambda counts: 1 - _accuracy(counts),
    **{name: score for rate in RATES for name, score in _of_classes(rate).items()},
    **dict.fromkeys(("precision_micro", "recall_micro", "f1_micro"), _accuracy),
    "jaccard_micro": lambda counts: counts.all_right / (2 * counts.rows - counts.all_right),
}
"""Scores of each resample, float64 (N,), by name; NaN where one is not defined. They are scikit-learn's."""
