"""Scores of probabilities that add up over rows, computed for many resamples at once.

Axes: R rows, N resamples, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlpkit.scoring.resamples import Resamples

    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]


def log_losses(gold: Ids, found: Numbers) -> Numbers:
    """The log loss of each row, (R,), bounded as scikit-learn bounds it."""
    least = np.finfo(found.dtype).eps
    return -np.log(np.clip(found[np.arange(len(gold)), gold], least, 1 - least))


def brier_scores(gold: Ids, found: Numbers) -> Numbers:
    """The squared error of each row, (R,): over both of two classes, half of that (Brier, 1950)."""
    right = found[np.arange(len(gold)), gold]
    errors: Numbers = (found**2).sum(axis=1) - 2 * right + 1
    return errors / 2 if found.shape[1] == 2 else errors


def _mean(sums: Numbers, classes: Numbers) -> Numbers:
    found: Numbers = sums / classes.sum(axis=1)
    return found


def _d2_log_loss(sums: Numbers, classes: Numbers) -> Numbers:
    """What of the loss of the classes' own shares is gone."""
    shares = classes / classes.sum(axis=1, keepdims=True)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return _gone(sums, -(classes * logs).sum(axis=1), classes)


def _d2_brier(sums: Numbers, classes: Numbers) -> Numbers:
    rows = classes.sum(axis=1)
    by_shares = rows - (classes**2).sum(axis=1) / rows
    return _gone(sums, by_shares / 2 if classes.shape[1] == 2 else by_shares, classes)


def _gone(sums: Numbers, by_shares: Numbers, classes: Numbers) -> Numbers:
    """NaN where all rows are of one class."""
    several = (classes > 0).sum(axis=1) > 1
    return np.where(several, 1 - sums / np.where(several, by_shares, 1.0), np.nan)


ADDED_UP: Final[
    dict[str, tuple[Callable[[Ids, Numbers], Numbers], Callable[[Numbers, Numbers], Numbers], int]]
] = {
    "log_loss": (log_losses, _mean, 1),
    "neg_log_loss": (log_losses, _mean, -1),
    "d2_log_loss_score": (log_losses, _d2_log_loss, 1),
    "brier_score": (brier_scores, _mean, 1),
    "neg_brier_score": (brier_scores, _mean, -1),
    "d2_brier_score": (brier_scores, _d2_brier, 1),
}
"""By name: the value of each row, (R,); the score, (N,), from sums of these, (N,), and rows of each class,
(N, C); and its sign.
"""


def added_up(name: str, gold: Ids, found: Numbers, resamples: Resamples) -> Iterator[Numbers]:
    """The score of class ids (R,) and probabilities (R, C) in each resample, float64 (N,), in blocks. Rows
    of a label that training never saw, a negative id, count for nothing.
    """
    of_rows, score, sign = ADDED_UP[name]
    seen = gold >= 0
    columns = np.zeros((len(gold), 1 + found.shape[1]))
    columns[seen, 0] = of_rows(gold[seen], found[seen])
    columns[np.flatnonzero(seen), 1 + gold[seen]] = 1
    for block in resamples.sums(columns):
        some = block[:, 1:].any(axis=1)
        block[~some, 1] = 1  # a resample of none of them has no score
        yield np.where(some, sign * score(block[:, 0], block[:, 1:]), np.nan)
