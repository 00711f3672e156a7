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

    The true class counts (R + 1) / (R + C) and not 1, as in Platt (1999), so that rows without an error give
    no infinite weight. Rows of other classes than these, below 0, are passed over; 1 / K where none is left.
    """
    known = gold >= 0
    stacked = np.stack([each[known] for each in logits])  # (K, R, C)
    members, rows, classes = stacked.shape
    if not stacked.any():  # no rows, too
        return np.full(members, 1 / members)
    sizes = np.sqrt((stacked**2).mean(axis=(1, 2)))  # (K,)
    sizes[sizes == 0] = 1.0
    stacked = stacked / sizes[:, None, None]
    target = np.full((rows, classes), 1 / (rows + classes))
    target[np.arange(rows), gold[known]] = (rows + 1) / (rows + classes)
    gained = (target * stacked).sum(axis=(1, 2)) / rows  # (K,)

    def cross_entropy(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Its value, and its slope in each weight."""
        pooled = np.tensordot(weights, stacked, 1)  # (R, C)
        normalizers = logsumexp(pooled, axis=1, keepdims=True)
        chances = np.exp(pooled - normalizers)
        slopes = (chances * stacked).sum(axis=(1, 2)) / rows - gained
        return float(normalizers.mean() - weights @ gained), slopes

    bounds = [(0.0, HIGHEST * size) for size in sizes]
    found = minimize(
        cross_entropy,
        np.full(members, 1 / members),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500},
    )
    weights: NDArray[np.float64] = found.x / sizes
    if weights.sum() < LOWEST:  # worse than chance: the order of the classes stays
        weights = np.full(members, LOWEST / members)
    return weights
