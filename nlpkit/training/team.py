"""Who trains together: several that each take a share of every batch, or one alone.

Axes: P numbers of one exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.nn.lookups import RowGradients
from nlpkit.nn.modes import one_thread

T = TypeVar("T")


class Team(Protocol):
    """Members that compute gradients of their shares of a batch and take every step at once.

    Each member has the network to itself; embedding tables are held where `held` puts them, and each member
    moves the rows that `summed` gives it.
    """

    @property
    def size(self) -> int:
        """How many members there are."""

    @property
    def rank(self) -> int:
        """Which of them this process is, from 0."""

    def together(self, work: Callable[[], T]) -> T:
        """What the work gives in the first member, while the others do it as well."""

    def share_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """This member's rows of a batch, perhaps none."""

    def summed(self, numbers: Tensor, rows: Sequence[RowGradients]) -> tuple[Tensor, list[RowGradients]]:
        """The sum of all members' `numbers` (P,), and the sums of the rows that this one moves, by table."""

    def totals(self, numbers: Sequence[float]) -> list[float]:
        """The sums of a few numbers over all members, in float64."""

    def totals_by_name(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """In the first member the sums of named numbers over all members, whose names may differ."""

    def meet(self) -> None:
        """Go on when all members have come here."""

    def leave(self, text: Callable[[], str]) -> None:
        """Let the first member have a text, once all have met after this."""

    def left(self) -> list[str]:
        """In the first member the last text of each, until all leave another one."""

    def held(self, tensor: Tensor) -> Tensor:
        """A table where all members reach it while they work together."""

    def released(self, tensor: Tensor) -> Tensor:
        """The table in memory of this process alone."""


class Alone:
    """A team of one, which exchanges nothing."""

    size = 1
    rank = 0

    def __init__(self) -> None:
        self._text: Callable[[], str] = str

    def together(self, work: Callable[[], T]) -> T:
        with one_thread():
            return work()

    def share_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows

    def summed(self, numbers: Tensor, rows: Sequence[RowGradients]) -> tuple[Tensor, list[RowGradients]]:
        return numbers, list(rows)

    def totals(self, numbers: Sequence[float]) -> list[float]:
        return list(numbers)

    def totals_by_name(self, numbers: Mapping[str, float]) -> dict[str, float]:
        return dict(numbers)

    def meet(self) -> None: ...

    def leave(self, text: Callable[[], str]) -> None:
        self._text = text

    def left(self) -> list[str]:
        return [self._text()]

    def held(self, tensor: Tensor) -> Tensor:
        return tensor

    def released(self, tensor: Tensor) -> Tensor:
        return tensor
