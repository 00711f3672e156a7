"""One step of all weights of a model: embedding tables row by row, the rest by a torch optimizer."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.optimizers import Optimizer, optimizer_of
from nlpkit.nn.rowwise import RowwiseOptimizer


class Updates:
    """The optimizers of a model. Inside `with updates:` a backward pass leaves in each `TokenEmbedding` only
    the rows that it used, and `step` moves these; with `rowwise` false all tables are updated whole.

    SGD with momentum is dense in any case: its rows move whether they are used or not.
    """

    def __init__(
        self,
        model: nn.Module,
        name: Optimizer,
        *,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        rowwise: bool = True,
    ) -> None:
        found = [module for module in model.modules() if isinstance(module, TokenEmbedding)]
        tables = [table for table in found if table.weight.requires_grad and rowwise and not momentum]
        apart = {id(table.weight) for table in tables}
        self.rows = [RowwiseOptimizer(table, name, weight_decay=weight_decay) for table in tables]
        self._parameters = [each for each in model.parameters() if id(each) not in apart]
        self.dense = optimizer_of(
            name, self._parameters, learning_rate=1.0, weight_decay=weight_decay, momentum=momentum
        )

    def __enter__(self) -> Self:
        for row in self.rows:
            row.embedding.rowwise = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for row in self.rows:
            row.embedding.rowwise = False
            row.embedding.touched.clear()

    def step(self, learning_rate: float, max_grad_norm: float | None = None) -> None:
        """Move all weights against the gradients of the last backward pass, and forget these."""
        rows = [row.gradients() for row in self.rows]
        if max_grad_norm is not None:
            dense = [each.grad for each in self._parameters if each.grad is not None]
            clip([*dense, *(gradient for _, gradient in rows)], max_grad_norm)
        for group in self.dense.param_groups:
            group["lr"] = learning_rate
        self.dense.step()
        self.dense.zero_grad()
        for row, (ids, gradient) in zip(self.rows, rows, strict=True):
            row.step(ids, gradient, learning_rate)

    def state_dict(self) -> dict[str, Any]:
        """Plain data that `load_state_dict` goes on from."""
        return {"dense": self.dense.state_dict(), "rows": [row.state_dict() for row in self.rows]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self.dense.load_state_dict(state["dense"])
        for row, saved in zip(self.rows, state["rows"], strict=True):
            row.load_state_dict(saved)


def clip(gradients: list[Tensor], max_norm: float) -> None:
    """Scale all gradients so that, taken as one vector, they are at most `max_norm` long."""
    norms = torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients])
    factor = (max_norm / (torch.linalg.vector_norm(norms) + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(factor)
