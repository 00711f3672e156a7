"""Test rows drawn again and again, as often as there are, to see how far a score moves by their luck (Efron,
1979, "Bootstrap methods").

Axes: R rows, U units, N resamples, K columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 1000
FEWER: Final = 200  # where each takes long
_MANY: Final = 50_000  # numbers of a resample, from which it does
_SEED: Final = 0
_BLOCK: Final = 1 << 22  # numbers of a block


class Resamples:
    """Draws of `rows` rows with replacement, the same ones each time they are asked for.

    Rows of one group belong together, and groups are drawn: what is drawn is called a unit. `count` is how
    often: RESAMPLES, or FEWER where there are many rows or each resample takes as long as that of many rows.
    """

    def __init__(self, rows: int, groups: Sequence[str] = (), *, as_long_as: int = 0) -> None:
        self.rows = rows
        self._unit_of = np.unique(groups, return_inverse=True)[1] if len(groups) else None  # (R,)
        self.units = rows if self._unit_of is None else int(self._unit_of.max()) + 1
        self.count = RESAMPLES if max(rows, as_long_as) <= _MANY else FEWER

    def draws(self, columns: int = 1) -> Iterator[NDArray[np.int64]]:
        """How often each unit was drawn, int64 (N, U), in blocks with room for as many columns."""
        rng = np.random.Generator(np.random.PCG64(_SEED))
        size = max(1, _BLOCK // max(self.units, columns))
        for start in range(0, self.count, size):
            block = min(size, self.count - start)
            drawn = rng.integers(0, self.units, (block, self.units))
            drawn += np.arange(block)[:, np.newaxis] * self.units
            yield np.bincount(drawn.ravel(), minlength=block * self.units).reshape(block, self.units)

    def sums(self, columns: Any) -> Iterator[NDArray[np.float64]]:
        """Columns (R, K), an array or a sparse matrix of SciPy, added up over the rows of each resample:
        float64 (N, K), in blocks.
        """
        by_unit = columns if self._unit_of is None else self._membership() @ columns  # (U, K)
        for drawn in self.draws(columns.shape[1]):
            yield drawn.astype("float64") @ by_unit

    def rows_drawn(self) -> Iterator[NDArray[np.int64]]:
        """How often each row was drawn, int64 (N, R), in blocks."""
        for drawn in self.draws(self.rows):
            yield drawn if self._unit_of is None else drawn[:, self._unit_of]

    def indices(self) -> Iterator[NDArray[np.int64]]:
        """The rows of one resample after the other."""
        for drawn in self.rows_drawn():
            for each in drawn:
                yield np.repeat(np.arange(self.rows), each)

    def _membership(self) -> Any:
        """Which rows belong to a unit, (U, R)."""
        from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

        ones = np.ones(self.rows)
        return csr_matrix((ones, (self._unit_of, np.arange(self.rows))), shape=(self.units, self.rows))
