"""scikit-learn's classifiers as functions: one epoch of fitting, and the linear function it has found.

Axes: R rows, V features, C classes, K linear functions: C, or 1 for two classes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]

from nlpkit.notes import Note
from nlpkit.training.linear.features import Features
from nlpkit.vocab import Gold

SURE = 10.0  # a margin that no text of few words has


@dataclass(frozen=True, eq=False)
class Found:
    """What is known after an epoch: `coefficients` (K, V) and `intercepts` (K,), float64, the rows that were
    read so far, and what there is to say.
    """

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    rows_read: float = 0.0
    notes: tuple[Note, ...] = ()

    def of(self, place: int) -> Found:
        """One of the linear functions alone."""
        one = slice(place, place + 1)
        return Found(self.coefficients[one], self.intercepts[one], self.rows_read)


Method: TypeAlias = Callable[..., Found]
"""One epoch of fitting: `(features, labels, epoch, before) -> Found`, of features (R, V), class ids int64
(R,), the epoch from 1, and what the epoch before found, None at first. One of a trainer that is `weighted`
takes `weights` as well, float64 (R,), where texts have any.
"""


def one_for_each(methods: Sequence[Method]) -> Method:
    """A method for labels bool (R, C) of one for each label, which tells the texts that have it from those
    that have not (one-vs-rest).
    """

    def fitted(features: Features, gold: Gold, epoch: int, before: Found | None, **weights: Any) -> Found:
        found = []
        for place, method in enumerate(methods):
            mine = gold[:, place]
            if mine.all() or not mine.any():
                found.append(_always(features.shape[1], SURE if mine.all() else -SURE))
            else:
                each = method(features, mine.astype(np.int64), epoch, before and before.of(place), **weights)
                found.append(_second(each))
        notes = tuple(dict.fromkeys(note for each in found for note in each.notes))
        return Found(
            np.concatenate([each.coefficients for each in found]),
            np.concatenate([each.intercepts for each in found]),
            max(each.rows_read for each in found),
            notes,
        )

    return fitted


def _second(found: Found) -> Found:
    """How far the second of two classes is above the first, where there is a function of each."""
    if len(found.coefficients) == 1:
        return found
    coefficients, intercepts = np.diff(found.coefficients, axis=0), np.diff(found.intercepts)
    return Found(coefficients, intercepts, found.rows_read, found.notes)


def _always(features: int, margin: float) -> Found:
    """What gives each text the same margin."""
    return Found(np.zeros((1, features)), np.array([margin]))


def solved(
    estimator: Any,
    features: Features,
    gold: NDArray[np.int64],
    epoch: int,
    before: Found | None,
    weights: NDArray[np.float64] | None = None,
) -> Found:
    """Fit an estimator that has `coef_` to the end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(features, gold, sample_weight=weights)
    notes = tuple(dict.fromkeys(_note(warning) for warning in caught))
    return Found(estimator.coef_, estimator.intercept_, notes=notes)


def _note(warning: warnings.WarningMessage) -> Note:
    if issubclass(warning.category, ConvergenceWarning):
        return Note(
            "the solver stopped at trainer.max_iter before it had converged: raise it, or trainer.tol, "
            "or lower trainer.C"
        )
    return Note(f"scikit-learn warns: {' '.join(str(warning.message).split()).split('. ')[0]}")
