"""Logits of one model or several to probabilities that are neither too sure nor too unsure.

Axes: K members, R rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import logsumexp  # type: ignore[import-untyped]

LOWEST, HIGHEST = 1e-3, 1e3


def scale_of(margins: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """The one factor above 0 that makes margins (R, C) the logits of least cross-entropy with gold (R,).

    1 / factor is the temperature of Guo et al. (2017, "On Calibration of Modern Neural Networks"). 1 where
    there are no rows.
    """
    return float(weights_of([margins], gold)[0])


def weights_of(logits: Sequence[NDArray[np.float64]], gold: NDArray[np.int64]) -> NDArray[np.float64]:
    """A weight (K,) for each member, none below 0, so that the weighted sum of logits, (R, C) each, has the
    least cross-entropy with gold (R,); the loss is convex in them.

    Rows without an error would give infinite weights. So the true class does not count 1: for the share of
    each member (R + 1) / (R + C), where all classes are as likely as another before; for the size of their
    sum (R + 1) / (R + 2), as in Platt (1999), however many classes there are. Rows of other classes than
    these, below 0, are passed over; 1 / K where none is left.
    """
    known = gold >= 0
    stacked, gold = np.stack([each[known] for each in logits]), gold[known]  # (K, R, C)
    members, rows, classes = stacked.shape
    if not stacked.any():  # no rows, too
        return np.full(members, 1 / members)
    weights = np.ones(1)
    if members > 1:
        weights = _least_cross_entropy(stacked, _unsure(gold, classes, (rows + 1) / (rows + classes)))
    pooled = np.tensordot(weights, stacked, 1)[None]  # (1, R, C)
    if pooled.any():
        weights = weights * _least_cross_entropy(pooled, _unsure(gold, classes, (rows + 1) / (rows + 2)))
    if weights.sum() < LOWEST:  # worse than chance: the order of the classes stays
        weights = np.full(members, LOWEST / members)
    return weights


def _unsure(gold: NDArray[np.int64], classes: int, chance: float) -> NDArray[np.float64]:
    """What is to be predicted, (R, C): the true class with that chance, all others alike."""
    target = np.full((len(gold), classes), (1 - chance) / max(1, classes - 1))
    target[np.arange(len(gold)), gold] = chance
    return target


def _least_cross_entropy(stacked: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights (K,) of members (K, R, C) that have the least cross-entropy with targets (R, C)."""
    members, rows, _ = stacked.shape
    sizes = np.sqrt((stacked**2).mean(axis=(1, 2)))  # (K,)
    sizes[sizes == 0] = 1.0
    stacked = stacked / sizes[:, None, None]
    gained = (target * stacked).sum(axis=(1, 2)) / rows  # (K,)

    def cross_entropy(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Its value, and its slope in each weight."""
        pooled = np.tensordot(weights, stacked, 1)  # (R, C)
        normalizers = logsumexp(pooled, axis=1, keepdims=True)
        chances = np.exp(pooled - normalizers)
        slopes = (chances * stacked).sum(axis=(1, 2)) / rows - gained
        return float(normalizers.mean() - weights @ gained), slopes

    found = minimize(
        cross_entropy,
        np.full(members, 1 / members),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, HIGHEST * size) for size in sizes],
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500},
    )
    weights: NDArray[np.float64] = found.x / sizes
    return weights
