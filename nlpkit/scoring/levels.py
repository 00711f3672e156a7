"""How sure a label has to be, so that as many of the labels are right as somebody wants, and which other
labels a text may have.

Axes: R rows, C classes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from nlpkit.scoring.metric import of_gold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Hits = NDArray[np.bool_]

STARTS: Final = 3


def level_keeping(wanted: float, right: Hits, sureness: Numbers, confidence: float) -> float | None:
    """The lowest level of sureness, float64 (R,), from which on the share of `right` labels, bool (R,), is at
    least `wanted` on other rows as well: that sure. None where there is no such level, 0 where all may stay.

    The best level of many looks better than it is. So each is tested by the exact binomial test, and the
    tests share what may go wrong: they go from several starts to lower levels, and end at the first that
    fails (Angelopoulos et al., 2021, "Learn then Test", section 4.2; for one level of all classes it is the
    aim of Geifman and El-Yaniv, 2017, "Selective Classification for Deep Neural Networks"). The rows that are
    surer than the next one are independent of it, which makes the test exact.
    """
    from scipy.special import bdtr  # type: ignore[import-untyped]

    if not len(right):
        return None
    order = np.argsort(-sureness, kind="stable")
    sure = sureness[order]
    ends = np.flatnonzero(np.append(sure[1:] < sure[:-1], True))  # the last of equals
    rows = ends + 1
    wrong = np.cumsum(~right[order])[ends]
    passed = bdtr(wrong, rows, 1 - wanted) <= (1 - confidence) / STARTS
    found = -1
    for start in range(1, STARTS + 1):
        first = int(np.searchsorted(rows, math.ceil(len(right) * start / STARTS)))
        after = np.flatnonzero(~passed[first:])
        last = first + int(after[0]) - 1 if len(after) else len(rows) - 1
        found = max(found, last) if last >= first else found
    if found < 0:
        return None
    return 0.0 if found == len(rows) - 1 else float(sure[ends[found]])


def least_rows(wanted: float, confidence: float) -> int:
    """How many rows without a wrong one vouch for a share of right labels.

    >>> least_rows(0.95, 0.8), least_rows(0.9, 0.8)
    (53, 26)
    """
    return math.ceil(math.log((1 - confidence) / STARTS) / math.log(wanted))


def set_level(coverage: float, gold: Ids, probabilities: Numbers) -> float:
    """The probability from which on a class belongs to the set of a text, so that the true one of gold ids
    (R,) does in a share of `coverage`, on average over draws of validation and other rows (R, C).

    Split conformal prediction with the sets that are smallest on average (Sadinle, Lei and Wasserman, 2019,
    "Least Ambiguous Set-Valued Classifiers with Bounded Error Levels"; Vovk et al., 2005). A label that
    training never saw, below 0, is in no set.
    """
    rows = len(gold)
    left_out = math.floor((rows + 1) * (1 - coverage) + 1e-9)  # how many of R + 1 may be
    return float(np.sort(of_gold(gold, probabilities))[left_out - 1]) if left_out else 0.0
