"""One step of all weights of a model: embedding tables row by row, the rest whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.lookups import RowGradients
from nlpkit.training.forked import ForkedTeam
from nlpkit.training.optimizers import mover_of, row_rule_of
from nlpkit.training.rowwise import RowwiseOptimizer
from nlpkit.training.settings import LoopSettings
from nlpkit.training.team import Alone, Share, Team, in_order, joined


class Updates:
    """The optimizers of a model. Inside `with updates:` a backward pass leaves in each `TokenEmbedding` only
    the rows that it used, and `step` moves these; with `rowwise` false all tables are updated whole.

    An optimizer without a row rule is dense in any case, as is SGD with momentum. All of `team` take
    each step at once.
    """

    def __init__(self, model: nn.Module, settings: LoopSettings, *, rowwise: bool = True) -> None:
        rule = row_rule_of(settings) if rowwise else None
        found = [module for module in model.modules() if isinstance(module, TokenEmbedding)]
        tables = [table for table in found if table.weight.requires_grad and rule]
        apart = {id(table.weight) for table in tables}
        self.rows = [RowwiseOptimizer(table, rule) for table in tables if rule]
        self._parameters = [
            each for each in model.parameters() if id(each) not in apart and each.requires_grad
        ]
        own = tables_of(model) if settings.embedding_learning_rate is not None else set()
        self._rate, self._rate_of_tables = settings.learning_rate, settings.rate_of_tables
        network, whole = ([each for each in self._parameters if (each in own) == is_own] for is_own in (0, 1))
        self.dense = mover_of(settings, network, self._rate)
        self.tables = mover_of(settings, whole, self._rate_of_tables)
        self._max_grad_norm = settings.max_grad_norm
        self.team: Team = Alone()
        if world := joined():
            from nlpkit.training.distributed import DistributedTeam

            self.team = DistributedTeam(world, model)
        elif settings.workers > 1:
            numbers = sum(each.numel() + 1 for each in self._parameters)
            self.team = ForkedTeam(settings.workers, numbers, [table.weight for table in tables])

    def __enter__(self) -> Self:
        for row in self.rows:
            row.embedding.rowwise = True
            row.move(self.team.held)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for row in self.rows:
            row.embedding.rowwise = False
            row.embedding.lookups.clear()
            row.move(self.team.released)

    def step(self, factor: float = 1.0) -> None:
        """Move all weights against the gradients of the last backward pass, and forget these. The learning
        rates are multiplied by `factor`.
        """
        rows = [row.gradients() for row in self.rows]
        shares = self._exchanged(rows) if self.team.size > 1 else [rows]
        if self._max_grad_norm is not None:
            dense = [each.grad for each in self._parameters if each.grad is not None]
            tables = [[each.gradients for each in share] for share in shares]
            clip(dense, tables, self._max_grad_norm, self.team)
        self.dense.step(self._rate * factor)
        self.tables.step(self._rate_of_tables * factor)
        for table, row in enumerate(self.rows):
            row.step([share[table] for share in shares], self._rate_of_tables * factor)
        self.team.meet()

    def _exchanged(self, rows: list[RowGradients]) -> list[Share]:
        """Make the gradients of the network those of the whole team; the rows that this member moves."""
        device = self._parameters[0].device if self._parameters else torch.device("cpu")
        given = torch.tensor([float(each.grad is not None) for each in self._parameters], device=device)
        flat = [
            torch.zeros_like(each).flatten() if each.grad is None else each.grad.flatten()
            for each in self._parameters
        ]
        numbers, shares = self.team.summed(torch.cat([given, *flat]), rows)
        sizes = [each.numel() for each in self._parameters]
        sums = torch.split(numbers[len(given) :], sizes)
        for parameter, count, total in zip(self._parameters, numbers.tolist(), sums, strict=False):
            parameter.grad = total.view_as(parameter) if count else None
        return shares

    def state_dict(self) -> dict[str, Any]:
        """Plain data that `load_state_dict` goes on from."""
        return {
            "dense": self.dense.state_dict(),
            "tables": self.tables.state_dict(),
            "rows": [row.state_dict() for row in self.rows],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self.dense.load_state_dict(state["dense"])
        self.tables.load_state_dict(state["tables"])
        for row, saved in zip(self.rows, state["rows"], strict=True):
            row.load_state_dict(saved)


def tables_of(model: nn.Module) -> set[Tensor]:
    """The embedding tables of a model that learn."""
    found = (each.weight for each in model.modules() if isinstance(each, nn.Embedding | nn.EmbeddingBag))
    return {weight for weight in found if weight.requires_grad}


def clip(dense: Sequence[Tensor], shares: Sequence[Sequence[Tensor]], max_norm: float, team: Team) -> None:
    """Scale all gradients so that, taken as one vector, they are at most `max_norm` long.

    Each member of the team has the same `dense` ones, and the `shares` of the tables that it moves.
    """
    square = _square(dense)
    if team.size > 1:
        square = square + team.total([float(_square(share)) for share in shares])
    else:  # nobody waits for a GPU
        square = square + in_order([_square(share) for share in shares])
    factor = (max_norm / (square.sqrt() + 1e-6)).clamp(max=1.0)
    for gradient in [*dense, *chain.from_iterable(shares)]:
        gradient.mul_(factor)


def _square(gradients: Sequence[Tensor]) -> Tensor:
    """The square of the length of all of them as one vector; float64, as many numbers are added."""
    norms = [torch.linalg.vector_norm(gradient).double() for gradient in gradients]
    return torch.stack(norms).square().sum() if norms else torch.zeros((), dtype=torch.float64)
