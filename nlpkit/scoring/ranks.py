"""Scores of the order of probabilities, computed for many resamples at once.

Axes: R rows, N resamples, C classes, P places: distinct values of a column of probabilities, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlpkit.scoring.resamples import Resamples

    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Drawn = NDArray[np.int64]  # (N, R): how often each row was drawn
    Ranked = Callable[[Ids, Numbers, Drawn], Numbers]


def _placed(scores: Numbers, positive: NDArray[np.bool_], drawn: Drawn) -> tuple[Numbers, Numbers]:
    """The positive and the other rows at each place, ascending: (N, P) each."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    drawn, positive = drawn[:, order].astype("float64"), positive[order]
    pair = (np.add.reduceat(drawn * which, starts, axis=1) for which in (positive, ~positive))
    return next(pair), next(pair)


def _auc(scores: Numbers, positive: NDArray[np.bool_], drawn: Drawn) -> Numbers:
    """How likely a positive row is above another one, (N,); NaN where there are not both."""
    if not len(scores):
        return np.full(len(drawn), np.nan)
    right, wrong = _placed(scores, positive, drawn)
    below = wrong.cumsum(axis=1) - wrong / 2
    with np.errstate(invalid="ignore"):
        found: Numbers = (right * below).sum(axis=1) / (right.sum(axis=1) * wrong.sum(axis=1))
    return found


def _precision(scores: Numbers, positive: NDArray[np.bool_], drawn: Drawn) -> Numbers:
    """The mean precision at each positive row, (N,); NaN where there is none."""
    right, wrong = (each[:, ::-1] for each in _placed(scores, positive, drawn))
    with np.errstate(invalid="ignore"):
        precisions = right.cumsum(axis=1) / (right + wrong).cumsum(axis=1)
        found: Numbers = np.where(right > 0, right * precisions, 0).sum(axis=1) / right.sum(axis=1)
    return found


def _against_the_rest(
    of_class: Callable[[Numbers, NDArray[np.bool_], Drawn], Numbers],
    weighted: bool,
    gold: Ids,
    found: Numbers,
    drawn: Drawn,
) -> Numbers:
    """The mean over classes, or of two the second one's; `weighted` by their rows."""
    if found.shape[1] == 2:
        return of_class(found[:, 1], gold == 1, drawn)
    scores, rows = [], []
    for each in range(found.shape[1]):
        scores.append(of_class(found[:, each], gold == each, drawn))
        rows.append(drawn[:, gold == each].sum(axis=1))
    if not weighted:
        rows = [np.ones(len(drawn))] * len(scores)
    weights = np.array(rows)
    total: Numbers = (np.where(weights > 0, scores, 0) * weights).sum(axis=0) / weights.sum(axis=0)
    return total


def _against_each(weighted: bool, gold: Ids, found: Numbers, drawn: Drawn) -> Numbers:
    """The mean over pairs of classes; `weighted` by their rows."""
    if found.shape[1] == 2:
        return _auc(found[:, 1], gold == 1, drawn)
    total, weights = np.zeros(len(drawn)), np.zeros(len(drawn))
    for one, other in permutations(range(found.shape[1]), 2):
        pair = np.flatnonzero((gold == one) | (gold == other))
        score = _auc(found[pair, one], gold[pair] == one, drawn[:, pair])
        weight = drawn[:, pair].sum(axis=1) if weighted else np.ones(len(drawn))
        total, weights = total + score * weight, weights + weight
    return total / weights


RANKED: Final[dict[str, Ranked]] = {
    "roc_auc": partial(_against_the_rest, _auc, False),
    "roc_auc_ovr": partial(_against_the_rest, _auc, False),
    "roc_auc_ovr_weighted": partial(_against_the_rest, _auc, True),
    "roc_auc_ovo": partial(_against_each, False),
    "roc_auc_ovo_weighted": partial(_against_each, True),
    "average_precision": partial(_against_the_rest, _precision, False),
}
"""Scores of each resample, float64 (N,), by name; NaN where one is not defined. They are scikit-learn's."""


def ranked(name: str, gold: Ids, found: Numbers, resamples: Resamples) -> Iterator[Numbers]:
    """The score of class ids (R,) and probabilities (R, C) in each resample, (N,), in blocks. Rows of a label
    that training never saw, a negative id, count for nothing.
    """
    seen = np.flatnonzero(gold >= 0)
    for drawn in resamples.rows_drawn():
        yield RANKED[name](gold[seen], found[seen], drawn[:, seen])
