"""scikit-learn's classifiers as functions: one epoch of fitting, and the linear function it has found.

Axes: R rows, V features, C classes, K linear functions: C, or 1 for two classes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
from sklearn.naive_bayes import ComplementNB  # type: ignore[import-untyped]

from nlpkit import ConfigError, Note
from nlpkit_sklearn.features import Features

Weights: TypeAlias = Mapping[int, float] | None  # of classes by their ids; none where all weigh 1


@dataclass(frozen=True, eq=False)
class Found:
    """What is known after an epoch: `coefficients` (K, V) and `intercepts` (K,), float64, the rows that were
    read so far, and what there is to say.
    """

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    rows_read: float = 0.0
    notes: tuple[Note, ...] = ()


# features (R, V), class ids int64 (R,), the epoch from 1, and what the epoch before found
Method: TypeAlias = Callable[[Features, NDArray[np.int64], int, Found | None], Found]


def solved(
    estimator: Any, features: Features, gold: NDArray[np.int64], epoch: int, before: Found | None
) -> Found:
    """Fit an estimator that has `coef_` to the end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(features, gold)
    notes = tuple(dict.fromkeys(_note(warning) for warning in caught))
    return Found(estimator.coef_, estimator.intercept_, notes=notes)


def counted(
    estimator: Any,
    weights: Weights,
    features: Features,
    gold: NDArray[np.int64],
    epoch: int,
    before: Found | None,
) -> Found:
    """Fit a naive Bayes estimator; a text weighs as much as its class."""
    if features.min() < 0:
        raise ConfigError(
            "naive Bayes counts, and some outputs of the encoder are below 0",
            location="encoder",
            hint='choose an encoder of counts, such as "tfidf", or another trainer, such as "linear_svc"',
        )
    each = None if weights is None else np.array([weights[label] for label in gold.tolist()])
    estimator.fit(features, gold, sample_weight=each)
    priors = estimator.class_log_prior_
    if isinstance(estimator, ComplementNB):  # it scores by features alone
        priors = np.zeros_like(priors)
    return Found(estimator.feature_log_prob_, priors)


def descended(
    estimator: Any,
    classes: int,
    seed: int,
    features: Features,
    gold: NDArray[np.int64],
    epoch: int,
    before: Found | None,
) -> Found:
    """One epoch of stochastic gradient descent; the order of rows is a function of (seed, epoch)."""
    estimator.set_params(random_state=(seed * 1_000_003 + epoch) % 2**32)
    if before is not None:
        estimator.coef_, estimator.intercept_ = before.coefficients.copy(), before.intercepts.copy()
        estimator.t_ = before.rows_read
    estimator.partial_fit(features, gold, classes=np.arange(classes))
    return Found(estimator.coef_, estimator.intercept_, rows_read=float(estimator.t_))


def _note(warning: warnings.WarningMessage) -> Note:
    if issubclass(warning.category, ConvergenceWarning):
        return Note(
            "the solver stopped at trainer.max_iter before it had converged: raise it, or trainer.tol, "
            "or lower trainer.C"
        )
    return Note(f"scikit-learn warns: {' '.join(str(warning.message).split()).split('. ')[0]}")
