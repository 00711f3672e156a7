"""scikit-learn's classifiers as functions: one epoch of fitting, and the linear function it has found.

Axes: R rows, V features, C classes, K linear functions: C, or 1 for two classes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]

from nlpkit.notes import Note
from nlpkit.training.linear.features import Features


@dataclass(frozen=True, eq=False)
class Found:
    """What is known after an epoch: `coefficients` (K, V) and `intercepts` (K,), float64, the rows that were
    read so far, and what there is to say.
    """

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    rows_read: float = 0.0
    notes: tuple[Note, ...] = ()


Method: TypeAlias = Callable[[Features, NDArray[np.int64], int, Found | None], Found]
"""One epoch of fitting: `(features, labels, epoch, before) -> Found`, of features (R, V), class ids int64
(R,), the epoch from 1, and what the epoch before found, None at first.
"""


def solved(
    estimator: Any, features: Features, gold: NDArray[np.int64], epoch: int, before: Found | None
) -> Found:
    """Fit an estimator that has `coef_` to the end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(features, gold)
    notes = tuple(dict.fromkeys(_note(warning) for warning in caught))
    return Found(estimator.coef_, estimator.intercept_, notes=notes)


def _note(warning: warnings.WarningMessage) -> Note:
    if issubclass(warning.category, ConvergenceWarning):
        return Note(
            "the solver stopped at trainer.max_iter before it had converged: raise it, or trainer.tol, "
            "or lower trainer.C"
        )
    return Note(f"scikit-learn warns: {' '.join(str(warning.message).split()).split('. ')[0]}")
