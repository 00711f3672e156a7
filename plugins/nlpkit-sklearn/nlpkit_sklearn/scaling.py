"""Margins to logits.

Axes: R rows, C classes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from scipy.special import logsumexp  # type: ignore[import-untyped]

LOWEST, HIGHEST = 1e-3, 1e3


def scale_of(margins: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """The one factor above 0 that makes margins (R, C) the logits of least cross-entropy with gold (R,).

    1 / factor is the temperature of Guo et al. (2017, "On Calibration of Modern Neural Networks"). The true
    class counts (R + 1) / (R + C) and not 1, as in Platt (1999), so that rows without an error give no
    infinite factor. 1 where there are no rows.
    """
    margins, gold = margins[gold >= 0], gold[gold >= 0]
    rows, classes = margins.shape
    if not rows:
        return 1.0
    target = np.full(margins.shape, 1 / (rows + classes))
    target[np.arange(rows), gold] = (rows + 1) / (rows + classes)
    gained = float((target * margins).sum(axis=1).mean())

    def cross_entropy(log_factor: float) -> float:
        factor = np.exp(log_factor)
        return float(logsumexp(factor * margins, axis=1).mean() - factor * gained)

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    found = minimize_scalar(cross_entropy, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))
