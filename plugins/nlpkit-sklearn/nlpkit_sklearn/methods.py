"""scikit-learn's classifiers as methods of a fitted head.

Axes: R rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.naive_bayes import ComplementNB  # type: ignore[import-untyped]

from nlpkit import ConfigError
from nlpkit.training import Features, Found


def counted(
    estimator: Any,
    weights: Mapping[int, float] | None,
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
            hint='choose an encoder of counts, such as "tfidf", or another trainer, such as "linear"',
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
