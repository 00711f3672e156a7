"""Which labels probabilities mean. An exported model has a copy of these functions, so they need numpy alone.

Axes: R rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Marks = NDArray[np.bool_]

EVEN: Final = 0.5
NEVER: Final = 2.0  # a level that no probability reaches


def chosen(probabilities: Numbers, thresholds: Sequence[float]) -> Ids:
    """The class of each text, int64 (R,): the likeliest or, with thresholds, the furthest above its own; the
    first of equals.
    """
    scaled = probabilities / thresholds if len(thresholds) else probabilities
    found: Ids = scaled.argmax(axis=1)
    return found


def given(probabilities: Numbers, thresholds: Sequence[float]) -> Marks:
    """Which labels texts are given, bool (R, C): those as likely as their threshold, or 0.5 without one."""
    import numpy as np

    least = np.array(thresholds) if len(thresholds) else EVEN
    found: Marks = probabilities >= least
    return found


def reached(probabilities: Numbers, ids: Ids, levels: Sequence[float]) -> Marks:
    """Which texts are as sure of their class, of `ids` (R,), as its level asks, bool (R,); without levels
    all.
    """
    import numpy as np

    if not len(levels):
        return np.ones(len(ids), bool)
    each = np.broadcast_to(levels, probabilities.shape[1])
    found: Marks = probabilities[np.arange(len(ids)), ids] >= each[ids]
    return found


def in_sets(probabilities: Numbers, ids: Ids, level: float | None) -> Marks:
    """Which classes are in the set of each text, bool (R, C): of `ids` (R,), and others from `level` on."""
    import numpy as np

    found: Marks = probabilities >= (NEVER if level is None else level)
    found[np.arange(len(found)), ids] = True
    return found


def likeliest_first(probabilities: Numbers, inside: Marks) -> list[list[int]]:
    """The class ids that are inside, bool (R, C), for each text."""
    order = (-probabilities).argsort(axis=1, kind="stable")
    return [ids[has[ids]].tolist() for ids, has in zip(order, inside, strict=True)]
