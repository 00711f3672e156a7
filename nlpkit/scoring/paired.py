"""Two models on the same rows: the difference of their accuracies, and whether it is more than luck.

Axes: R rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit.scoring.intervals import Interval, between, mean_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hits = NDArray[np.bool_]
    Marks = NDArray[np.bool_]
    Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Paired:
    """How far the accuracy of one model, or its micro F1, is above that of another, with the interval of this
    difference; the rows that it alone gets right (`better`) or wrong (`worse`); and McNemar's p, None for
    rows in groups.
    """

    difference: float
    interval: Interval
    better: int
    worse: int
    p: float | None


def paired(right: Hits, other: Hits, groups: Sequence[str] = ()) -> Paired:
    """A model that is `right`, bool (R,), held against another one; resampled together, row by row."""
    more = right.astype("float64") - other
    better, worse = int((more > 0).sum()), int((more < 0).sum())
    difference = (better - worse) / len(more) if len(more) else 0.0
    p = None if len(groups) else mcnemar(better, worse)
    return Paired(difference, mean_interval(more, groups), better, worse, p)


def paired_sets(gold: Marks, found: Marks, other: Marks, groups: Sequence[str] = ()) -> Paired:
    """The same for any number of labels a text, bool (R, C): the difference of micro F1, and the rows with
    fewer or more wrong labels. McNemar's test is for single answers, so there is no p.
    """
    import numpy as np

    from nlpkit.scoring.resamples import Resamples

    if not len(gold):
        return Paired(0.0, Interval(note="there are no rows"), 0, 0, None)
    wrong, others = ((each != gold).sum(axis=1) for each in (found, other))
    counts = [2 * (gold & found), gold.astype(int) + found, 2 * (gold & other), gold.astype(int) + other]
    columns = np.stack([each.sum(axis=1) for each in counts], axis=1).astype("float64")  # (R, 4)
    resamples = Resamples(len(gold), groups)
    moved = np.concatenate([_above(block) for block in resamples.sums(columns)])
    difference = float(_above(columns.sum(axis=0, keepdims=True))[0])
    better, worse = int((wrong < others).sum()), int((wrong > others).sum())
    return Paired(difference, between(moved, resamples.units), better, worse, None)


def _above(sums: Numbers) -> Numbers:
    """How far one F1 is above the other, (N,), from sums (N, 4)."""
    top, bottom = sums[:, ::2], sums[:, 1::2]
    scores = top / bottom.clip(min=1)
    found: Numbers = scores[:, 0] - scores[:, 1]
    return found


def mcnemar(better: int, worse: int) -> float:
    """The exact p of McNemar's test (1947): how likely rows of which two equally good models get only one
    right would be shared out as unevenly as this.

    >>> round(mcnemar(1, 9), 4), mcnemar(4, 4), mcnemar(0, 0)
    (0.0215, 1.0, 1.0)
    """
    from scipy.special import bdtr  # type: ignore[import-untyped]

    if not better + worse:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(better, worse), better + worse, 0.5)))
