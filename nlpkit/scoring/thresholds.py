"""Thresholds of the classes that make a score of labels as high as it gets.

A text gets the class whose probability is the largest multiple of the threshold of that class. The best
labels for a score that is computed from counts by class are of that form, or of one with costs for each pair
of classes (Narasimhan et al., 2015, "Consistent Multiclass Algorithms for Complex Performance Measures",
section 3). Thresholds add up to 1, so that of two classes the second is chosen above its threshold, as with
scikit-learn's TunedThresholdClassifierCV.

Axes: R rows, C classes, K cuts, U classes and labels that training never saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nlpkit.scoring.counted import COUNTED, Counts
from nlpkit.scoring.decisions import SINGLE_LABEL
from nlpkit.scoring.scorers import METRICS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]

MOST_CUTS: Final = 1000  # of one class: the best of more is no better on other texts
_ROUNDS: Final = 20
_BETTER: Final = 1e-12
_FURTHEST: Final = 1e6


def thresholds_for(metric: str, gold: Ids, probabilities: Numbers) -> Numbers:
    """Float64 (C,), above 0, adding up to 1: those of the best `metric` of gold ids (R,), where negative ones
    are of no class, and probabilities (R, C).

    One class after the other, until none is better: each against all other thresholds as they are. Of equally
    good ones it is the nearest to where it was, so all are 1 / C where none is better than that.
    """
    classes = probabilities.shape[1]
    weights, best = np.ones(classes), -np.inf
    for _ in range(_ROUNDS):
        before = best
        for place in range(classes):
            weights[place], best = _best_weight(metric, gold, probabilities, weights, place)
        if best <= before + _BETTER:
            break
    thresholds: Numbers = 1 / weights
    return thresholds / float(thresholds.sum())


def _best_weight(
    metric: str, gold: Ids, probabilities: Numbers, weights: Numbers, place: int
) -> tuple[float, float]:
    """The best factor for the probability of one class, and the score."""
    scaled = probabilities * weights
    scaled[:, place] = -1.0
    rivals, limits = SINGLE_LABEL.labels(scaled), scaled.max(axis=1)
    with np.errstate(divide="ignore"):
        turns = np.where(probabilities[:, place] > 0, limits / probabilities[:, place], np.inf)  # (R,)
    now = weights[place]
    cuts = np.append(_between(turns), now)  # (K,)
    scores = _scores(metric, gold, rivals, turns, cuts, place, len(weights))
    if not np.isfinite(scores).any():
        return float(now), -np.inf
    equal = np.flatnonzero(scores >= np.nanmax(scores) - _BETTER)
    nearest = equal[np.abs(np.log(cuts[equal] / now)).argsort(kind="stable")[0]]
    return float(cuts[nearest]), float(scores[nearest])


def _between(turns: Numbers) -> Numbers:
    """Factors in the middle between those at which a row changes its class, evenly many rows apart."""
    known = np.unique(turns[(turns > 1 / _FURTHEST) & (turns < _FURTHEST)])
    middles = np.sqrt(known[1:] * known[:-1])
    if len(middles) > MOST_CUTS:
        middles = middles[np.linspace(0, len(middles) - 1, MOST_CUTS).round().astype(int)]
    return middles


def _scores(
    metric: str, gold: Ids, rivals: Ids, turns: Numbers, cuts: Numbers, place: int, classes: int
) -> Numbers:
    """The score (K,) where the rows that turn below a cut have the class at `place`, and others their rival;
    higher is better.
    """
    unseen = np.unique(gold[gold < 0])
    size = classes + len(unseen)
    ids = np.where(gold >= 0, gold, classes + np.searchsorted(unseen, gold))
    order = np.argsort(cuts, kind="stable")
    at = np.searchsorted(cuts[order], turns, side="right")  # the first cut above
    count = len(cuts) + 1

    def turned(columns: Ids, chosen: NDArray[np.bool_]) -> Numbers:
        """Of chosen rows by their column, how many have turned below each cut, (K, U)."""
        flat = np.bincount(at[chosen] * size + columns[chosen], minlength=count * size)
        return flat.reshape(count, size).cumsum(axis=0)[:-1].astype("float64")

    every = np.ones(len(gold), bool)
    predicted = np.bincount(rivals, minlength=size) - turned(rivals, every)
    predicted[:, place] += turned(np.zeros_like(rivals), every)[:, 0]
    right = np.bincount(ids[ids == rivals], minlength=size) - turned(rivals, ids == rivals)
    right[:, place] += turned(np.zeros_like(rivals), ids == place)[:, 0]
    of_gold = np.broadcast_to(np.bincount(ids, minlength=size).astype("float64"), predicted.shape)
    found = COUNTED[metric](Counts(of_gold, predicted, right, 1))
    scores = np.empty(len(cuts))
    scores[order] = found if METRICS[metric].higher_is_better else -found
    return scores
