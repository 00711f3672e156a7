"""Scores of any number of labels a text, of many resamples at once.

Axes: R rows, N resamples, C labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from nlpkit.scoring.counted import RATES, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlpkit.scoring.metric import ScoredRows
    from nlpkit.scoring.resamples import Resamples

    Numbers = NDArray[np.float64]
    Counts = tuple[Numbers, Numbers, Numbers]  # right, gold, given: (N, C) each, or (R, C) of single rows


def resampled_scores_of_sets(name: str, rows: ScoredRows, resamples: Resamples) -> Numbers | None:
    """The score of each resample, float64 (N,); None where there is no quick way to it."""
    rate, _, average = name.partition("_")
    if rate in RATES and average in ("micro", "macro", "weighted"):
        return np.concatenate(list(_averaged(rate, average, rows, resamples)))
    values = values_of_rows(name, rows)
    if values is None:
        return None
    columns = np.stack([values, np.ones(len(values))], axis=1)
    return np.concatenate([block[:, 0] / block[:, 1] for block in resamples.sums(columns)])


def _averaged(rate: str, average: str, rows: ScoredRows, resamples: Resamples) -> Iterator[Numbers]:
    for right, gold, given in counts_of_sets(rows.gold, rows.predicted, resamples):
        if average == "micro":
            yield RATES[rate](right.sum(axis=1), gold.sum(axis=1), given.sum(axis=1))
        elif average == "macro":
            yield RATES[rate](right, gold, given).mean(axis=1)
        else:
            yield shares((RATES[rate](right, gold, given) * gold).sum(axis=1), gold.sum(axis=1))


def counts_of_sets(
    gold: NDArray[np.bool_], found: NDArray[np.bool_], resamples: Resamples
) -> Iterator[Counts]:
    """Of each label how often it is right, gold and given in each resample, in blocks."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    marks = csr_matrix(np.concatenate([gold & found, gold, found], axis=1).astype(np.float64))
    for block in resamples.sums(marks):
        right, of_gold, given = np.split(np.asarray(block), 3, axis=1)
        yield right, of_gold, given


def values_of_rows(name: str, rows: ScoredRows) -> Numbers | None:
    """What the score is the mean of, float64 (R,); None where it is no mean."""
    gold, found = rows.gold, rows.predicted
    rate, _, average = name.partition("_")
    if rate in RATES and average == "samples":
        counts = (each.sum(axis=1).astype(np.float64) for each in (gold & found, gold, found))
        return RATES[rate](*counts)
    known, chances = gold[:, : len(rows.classes)], rows.probabilities
    likely = np.where(known, chances, 1 - chances)
    values: dict[str, Callable[[], Numbers]] = {
        "accuracy": lambda: (gold == found).all(axis=1) * 1.0,
        "zero_one_loss": lambda: (gold != found).any(axis=1) * 1.0,
        "hamming_loss": lambda: (gold != found).mean(axis=1),
        "log_loss": lambda: binary_log_losses(known, chances),
        "brier_score": lambda: ((1 - likely) ** 2).mean(axis=1),
    }
    if name.startswith("neg_") and (positive := values.get(name.removeprefix("neg_"))):
        return -positive()
    return values[name]() if name in values else None


def binary_log_losses(gold: NDArray[np.bool_], chances: Numbers) -> Numbers:
    """The log loss of each row, (R,), of labels and probabilities (R, C): a mean over the labels, bounded as
    scikit-learn bounds it.
    """
    least = np.finfo(np.float64).eps
    likely = np.where(gold, chances, 1 - chances)
    losses: Numbers = -np.log(np.clip(likely, least, 1 - least)).mean(axis=1)
    return losses
