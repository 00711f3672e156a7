"""Two models on the same rows: the difference of their accuracies, and whether it is more than luck.

Axes: R rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit.scoring.intervals import Interval, mean_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hits = NDArray[np.bool_]


@dataclass(frozen=True)
class Paired:
    """How far the accuracy of one model is above that of another, with the interval of this difference; the
    rows that it alone gets right (`better`) or wrong (`worse`); and McNemar's p, None for rows in groups.
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
