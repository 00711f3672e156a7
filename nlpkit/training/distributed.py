"""Training in processes that torchrun has started, on one machine or several.

Each has the whole network and all tables, and takes every step. In a step each gives all others what it has:
the gradients of the network, and the rows of the tables that it used with theirs. On CPUs these are added up
in the order of the ranks, share by share as forked workers do it: as many processes give the same bits
as workers. On GPUs the gradients of the network are summed in whatever order is the fastest.

Axes: P numbers of the network, U distinct ids of a table, E size of a vector.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nlpkit.nn.lookups import RowGradients
from nlpkit.nn.modes import one_thread
from nlpkit.training.team import Share, T, added, in_order, shares_of
from nlpkit.training.world import World


class DistributedTeam:
    """The processes of a `world`, each of which trains a copy of `model`."""

    def __init__(self, world: World, model: nn.Module) -> None:
        self.size, self.rank = world.size, world.rank
        self._world, self._model = world, model
        self._text: Callable[[], str] = str
        self._left: list[str] = [""] * world.size

    def together(self, work: Callable[[], T]) -> T:
        """What the work gives here. All begin with the weights of the first: another processor may round
        otherwise, and what a module keeps beside its weights belongs to each.
        """
        with one_thread():
            self._world.same(everything_in(self._model))
            return work()

    def share_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows[self.rank :: self.size]

    def summed(self, numbers: Tensor, rows: Sequence[RowGradients]) -> tuple[Tensor, list[Share]]:
        apart = numbers.device.type != "cpu"
        given = _Given(numbers[:0] if apart else numbers, rows, self._text())
        found = [given.like(content) for content in self._world.gathered(given.content())]
        self._left = [each.text for each in found]
        total = self._world.sum(numbers) if apart else in_order([each.numbers for each in found])
        tables = [shares_of([each.rows[table] for each in found], self.size) for table in range(len(rows))]
        return total, [[table[rank] for table in tables] for rank in range(self.size)]

    def total(self, numbers: Sequence[float]) -> float:
        return in_order(numbers)  # all shares are moved here

    def totals(self, numbers: Sequence[float]) -> list[float]:
        content = torch.tensor(numbers, dtype=torch.float64).view(torch.uint8)
        found = [each.view(torch.float64) for each in self._world.gathered(content)]
        totals: list[float] = in_order(found).tolist()
        return totals

    def totals_by_name(self, numbers: Mapping[str, float]) -> dict[str, float]:
        content = torch.frombuffer(bytearray(json.dumps(dict(numbers)).encode()), dtype=torch.uint8)
        return added(*(json.loads(each.numpy().tobytes()) for each in self._world.gathered(content)))

    def meet(self) -> None: ...

    def scores(self, of_first: Callable[[], dict[str, float]]) -> dict[str, float]:
        said = self._world.told(b"" if self.rank else json.dumps(of_first()).encode())
        found: dict[str, float] = json.loads(said)
        return found

    def leave(self, text: Callable[[], str]) -> None:
        self._text = text

    def left(self) -> list[str]:
        return self._left

    def held(self, tensor: Tensor) -> Tensor:
        return tensor

    def released(self, tensor: Tensor) -> Tensor:
        return tensor


def everything_in(model: nn.Module) -> list[Tensor]:
    """Weights and buffers, and those buffers that are not saved."""
    return [*model.parameters(), *model.buffers()]


class _Given(NamedTuple):
    """What one process has of a step: `numbers` (P,), the `rows` of each table, ids (U,) and gradients
    (U, E), and a text.
    """

    numbers: Tensor
    rows: Sequence[RowGradients]
    text: str

    def content(self) -> Tensor:
        """As bytes: how many ids there are of each table, the ids, then all other numbers, then the text."""
        device = self.numbers.device
        counts = torch.tensor([len(ids) for ids, _ in self.rows], dtype=torch.int64, device=device)
        text = torch.frombuffer(bytearray(self.text.encode() or b" "), dtype=torch.uint8).to(device)
        parts = [counts, *(ids for ids, _ in self.rows), self.numbers, *(each for _, each in self.rows)]
        return torch.cat([*(each.contiguous().view(-1).view(torch.uint8) for each in parts), text])

    def like(self, content: Tensor) -> _Given:
        """What another process gave, whose tables and network are as large."""
        place = 0

        def taken(count: int, of: torch.dtype) -> Tensor:
            nonlocal place
            start, place = place, place + count * of.itemsize
            return content[start:place].view(of)

        counts = taken(len(self.rows), torch.int64).tolist()
        ids = [taken(count, torch.int64) for count in counts]
        numbers = taken(len(self.numbers), self.numbers.dtype)
        rows = []
        for own, (some, count) in zip(self.rows, zip(ids, counts, strict=True), strict=True):
            size = own.gradients.shape[1]
            rows.append(RowGradients(some, taken(count * size, own.gradients.dtype).view(count, size)))
        return _Given(numbers, rows, content[place:].cpu().numpy().tobytes().decode().strip())
