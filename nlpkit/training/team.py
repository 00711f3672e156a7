"""Who trains together: several that each take a share of every batch, or one alone.

Axes: P numbers of one exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.nn.lookups import RowGradients, merged
from nlpkit.nn.modes import one_thread

if TYPE_CHECKING:
    from nlpkit.training.world import World

T = TypeVar("T")
N = TypeVar("N", bound=Any)  # a number or a tensor
_END: Final = 1 << 62  # no id is as high
Share = list[RowGradients]
"""The rows of each table that are moved together: every member's gradients of them, added up."""


class Team(Protocol):
    """Members that compute gradients of their shares of a batch and take every step at once.

    Each member has the network to itself; embedding tables are held where `held` puts them, and each member
    moves the shares of the rows that `summed` gives it. Sums are those of member 0, plus 1, plus 2: so they
    are the same bits wherever the members are.
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

    def summed(self, numbers: Tensor, rows: Sequence[RowGradients]) -> tuple[Tensor, list[Share]]:
        """The sum of all members' `numbers` (P,), and the shares of the rows that this one moves."""

    def total(self, numbers: Sequence[float]) -> float:
        """The sum over all shares, in float64, of a number for each share that this member moves."""

    def totals(self, numbers: Sequence[float]) -> list[float]:
        """The sums of a few numbers over all members, in float64."""

    def totals_by_name(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """In the first member the sums of named numbers over all members, whose names may differ."""

    def meet(self) -> None:
        """Go on when all members have come here."""

    def scores(self, of_first: Callable[[], dict[str, float]]) -> dict[str, float]:
        """In every member that is there after an epoch, what the first one finds."""

    def leave(self, text: Callable[[], str]) -> None:
        """Let the first member have a text, once all have met after this."""

    def left(self) -> list[str]:
        """In the first member the last text of each, until all leave another one."""

    def held(self, tensor: Tensor) -> Tensor:
        """A table where all members reach it while they work together."""

    def released(self, tensor: Tensor) -> Tensor:
        """The table in memory of this process alone."""


_joined: ContextVar[World | None] = ContextVar("joined", default=None)


def joined() -> World | None:
    """The processes that a training which begins now is shared by, where torchrun has started some."""
    return _joined.get()


@contextmanager
def joining(world: World) -> Iterator[None]:
    """Inside, a training that begins is shared by these processes, each of which has to begin it."""
    token = _joined.set(world)
    try:
        yield
    finally:
        _joined.reset(token)


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

    def summed(self, numbers: Tensor, rows: Sequence[RowGradients]) -> tuple[Tensor, list[Share]]:
        return numbers, [list(rows)]

    def total(self, numbers: Sequence[float]) -> float:
        return in_order(numbers)

    def totals(self, numbers: Sequence[float]) -> list[float]:
        return list(numbers)

    def totals_by_name(self, numbers: Mapping[str, float]) -> dict[str, float]:
        return dict(numbers)

    def meet(self) -> None: ...

    def scores(self, of_first: Callable[[], dict[str, float]]) -> dict[str, float]:
        return of_first()

    def leave(self, text: Callable[[], str]) -> None:
        self._text = text

    def left(self) -> list[str]:
        return [self._text()]

    def held(self, tensor: Tensor) -> Tensor:
        return tensor

    def released(self, tensor: Tensor) -> Tensor:
        return tensor


def in_order(numbers: Sequence[N]) -> N:
    """The sum of numbers or tensors, added one after the other."""
    first, *rest = numbers
    return reduce(add, rest, first)


def added(*tables: Mapping[str, N]) -> dict[str, N]:
    """The sums of numbers that have the same name, in the order of the tables."""
    found: dict[str, N] = {}
    for table in tables:
        for name, number in table.items():
            found[name] = found[name] + number if name in found else number
    return found


def share_of(rows: Sequence[RowGradients], rank: int, size: int) -> RowGradients:
    """The rows of a table that belong to one of the members, summed over the `rows` of all of them."""
    bounds = _bounds(rows[0].ids, size)[rank : rank + 2]
    return merged([_between(each, bounds)[0] for each in rows])


def shares_of(rows: Sequence[RowGradients], size: int) -> list[RowGradients]:
    """Those of every member."""
    return _between(merged(rows), _bounds(rows[0].ids, size))


def _bounds(first: Tensor, size: int) -> list[int]:
    """Where the ids of each member begin, and where the last one's end: quantiles of the first one's."""
    count = len(first)
    return [0, *(int(first[count * place // size]) if count else _END for place in range(1, size)), _END]


def _between(rows: RowGradients, bounds: Sequence[int]) -> list[RowGradients]:
    """Those from each bound to the next."""
    ids, gradients = rows
    places = torch.searchsorted(ids, ids.new_tensor(bounds)).tolist()
    return [RowGradients(ids[low:high], gradients[low:high]) for low, high in pairwise(places)]
