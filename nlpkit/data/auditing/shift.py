"""Whether the classes of two parts are as frequent.

Axes: C classes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

RARELY: Final = 1e-3  # how often two parts of the same texts differ so much
LEAST: Final = 0.05  # of the texts of one part would have to be of another class

Frequencies = NDArray[np.int64]


def distance(one: Frequencies, two: Frequencies) -> float:
    """Half of what their shares differ by, added up (total variation): from 0 to 1.

    >>> distance(np.array([5, 5]), np.array([8, 2]))
    0.3
    """
    return round(float(np.abs(one / one.sum() - two / two.sum()).sum() / 2), 12)


def shifted(one: Frequencies, two: Frequencies) -> bool:
    """Whether counts of classes, int64 (C,) each, differ by more than luck (a chi-square test, with rare
    classes as one) and by enough to matter.
    """
    from scipy.stats import chi2_contingency  # type: ignore[import-untyped]

    if not one.sum() or not two.sum() or distance(one, two) < LEAST:
        return False
    table = np.stack([one, two])
    rare = table.sum(axis=0) * min(one.sum(), two.sum()) < 5 * table.sum()  # fewer than 5 to be expected
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    return table.shape[1] > 1 and bool(chi2_contingency(table).pvalue < RARELY)
