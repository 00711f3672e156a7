"""Optimizers of embedding tables that touch only the rows a batch used.

A dense optimizer reads and writes every row of the table and of its moments at every step, which costs more
than the network itself. Here the rows of a batch, their moments and their gradients are gathered, updated and
written back. For Adam, a row that a batch did not use keeps its value and its moments, where the dense form
would go on moving it by the moments it has: this is the "lazy" form (torch's `SparseAdam`). On a step that
uses every row both are the same, and so they are at every step for Adagrad and for SGD without weight decay.
Weight decay reaches the rows that a batch used.

Axes: V rows of a table, E size of a vector, U distinct ids of a batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor

from nlpkit.errors import ConfigError
from nlpkit.nn.embedding import TokenEmbedding, Touched
from nlpkit.vocab import PADDING_ID

RowwiseName = Literal["adam", "adamw", "adagrad", "sgd"]
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # of Adam, as in torch
ADAGRAD_EPSILON = 1e-10


Rows = tuple[Tensor, Tensor]  # distinct ids (U,), and a gradient of each row, (U, E)


class RowwiseOptimizer:
    """Updates one table from what its look-ups have touched. `step` counts all steps, as bias correction in
    the dense form does.
    """

    def __init__(self, embedding: TokenEmbedding, name: RowwiseName, *, weight_decay: float = 0.0) -> None:
        self.embedding = embedding
        self.name = name
        self.weight_decay = weight_decay
        self.steps = 0
        moments = {"adam": 2, "adamw": 2, "adagrad": 1, "sgd": 0}[name]
        self.moments = [torch.zeros_like(embedding.weight) for _ in range(moments)]  # each (V, E)

    def gradients(self) -> Rows:
        """Distinct ids (U,) and the gradient of each row (U, E), summed over all look-ups; forgets them.

        ConfigError where an encoder has used the table's `weight` itself.
        """
        if self.embedding.weight.grad is not None:
            raise ConfigError(
                "this encoder uses the weight of its embedding table beside looking tokens up in it",
                hint='set trainer.embedding_updates = "dense"',
            )
        if not self.embedding.touched:
            return torch.empty(0, dtype=torch.int64), torch.empty(0, self.embedding.embedding_dim)
        ids, gradient = summed(self.embedding.touched)
        self.embedding.touched.clear()
        gradient.mul_((ids != PADDING_ID).unsqueeze(1))  # padding stays zero
        return ids, gradient

    @torch.no_grad()
    def step(self, ids: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """Move the rows `ids` (U,) against `gradient` (U, E)."""
        self.steps += 1
        if not len(ids):
            return
        weight = self.embedding.weight
        rows = weight[ids]
        if self.weight_decay and self.name == "adamw":
            rows.mul_(1.0 - learning_rate * self.weight_decay)
        elif self.weight_decay:
            gradient = gradient.add(rows, alpha=self.weight_decay)
        moments = [moment[ids] for moment in self.moments]
        self._move(rows, gradient, moments, learning_rate)
        weight[ids] = rows
        for moment, changed in zip(self.moments, moments, strict=True):
            moment[ids] = changed

    def _move(self, rows: Tensor, gradient: Tensor, moments: list[Tensor], learning_rate: float) -> None:
        """Change rows and moments in place."""
        if self.name == "sgd":
            rows.add_(gradient, alpha=-learning_rate)
        elif self.name == "adagrad":  # Duchi et al., 2011, as in torch.optim.Adagrad
            (total,) = moments
            total.addcmul_(gradient, gradient)
            rows.addcdiv_(gradient, total.sqrt().add_(ADAGRAD_EPSILON), value=-learning_rate)
        else:  # Kingma and Ba, 2015, algorithm 1, as in torch.optim.Adam
            first, second = moments
            first.lerp_(gradient, 1.0 - BETA1)
            second.mul_(BETA2).addcmul_(gradient, gradient, value=1.0 - BETA2)
            root = second.sqrt().div_(math.sqrt(1.0 - BETA2**self.steps)).add_(EPSILON)
            rows.addcdiv_(first, root, value=-learning_rate / (1.0 - BETA1**self.steps))

    def move(self, to: Callable[[Tensor], Tensor]) -> None:
        """Put the table and its moments into the memory that `to` copies them to."""
        self.embedding.weight.data = to(self.embedding.weight.data)
        self.moments = [to(moment) for moment in self.moments]

    def state_dict(self) -> dict[str, Tensor | int]:
        """Steps and moments, copied to the CPU."""
        moments = {f"moment{i}": moment.to("cpu", copy=True) for i, moment in enumerate(self.moments)}
        return {"steps": self.steps, **moments}

    def load_state_dict(self, state: dict[str, Tensor | int]) -> None:
        """Go on from a `state_dict`."""
        self.steps = int(state["steps"])
        for i, moment in enumerate(self.moments):
            moment.copy_(torch.as_tensor(state[f"moment{i}"]))


def summed(touched: Sequence[Touched]) -> Rows:
    """The distinct ids of all look-ups, and the sum of their gradients in the order they came."""
    found = [(each.ids, each.rows.grad) for each in touched]
    return merged([(ids, gradient) for ids, gradient in found if gradient is not None])


def merged(parts: Sequence[Rows]) -> Rows:
    """The distinct ids of all parts, ascending, and the sum of their gradients in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return torch.empty(0, dtype=torch.int64), torch.empty(0, 0)
    ids, places = torch.unique(torch.cat([ids for ids, _ in parts]), return_inverse=True)
    gradient = torch.zeros(len(ids), parts[0][1].shape[1], device=ids.device)
    return ids, gradient.index_add_(0, places, torch.cat([gradient for _, gradient in parts]))
