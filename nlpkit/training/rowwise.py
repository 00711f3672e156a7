"""Optimizers of embedding tables that touch only the rows a batch used.

A dense optimizer reads and writes every row of the table and of its moments at every step, which costs more
than the network itself. Here the rows of a batch and their moments are gathered, moved by torch's own
optimizer and written back. At every step this is the dense form for Adagrad and for SGD without weight decay.

For Adam, the dense form goes on moving a row by its fading first moment for some twenty steps after a batch
has used it, ten times as far in all as at the first of them. A row that rests until a batch uses it again, as
in torch's `SparseAdam`, would lose these steps, which are most of what rare words learn. So rows have no
first moment (beta1 = 0): each gradient moves its row at once as far as those steps together would.
Weight decay reaches the rows that a batch used.

Axes: V rows of a table, E size of a vector, U distinct ids of a batch, N ids of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor

from nlpkit.errors import ConfigError
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.kernels import put, taken
from nlpkit.nn.lookups import RowGradients, summed
from nlpkit.training.kinds import RowRule
from nlpkit.vocab import PADDING_ID

CHUNK_BYTES: Final = 1 << 19  # of the rows moved at once: they and their moments stay in a core's cache


class RowwiseOptimizer:
    """Updates one table from what its look-ups have read. `steps` counts all steps, as bias correction in
    the dense form does.

    Table and moments are changed where they lie: processes that share them may each step a part of the ids.
    """

    def __init__(self, embedding: TokenEmbedding, rule: RowRule) -> None:
        self.embedding = embedding
        self.rule = rule
        self.steps = 0
        self.moments = [torch.zeros_like(embedding.weight) for _ in range(rule.moments)]  # each (V, E)

    def gradients(self) -> RowGradients:
        """The gradients of all rows that were looked up, summed over the look-ups, which are forgotten.

        ConfigError where an encoder has used the table's `weight` itself.
        """
        weight = self.embedding.weight
        if weight.grad is not None:
            raise ConfigError(
                "this encoder uses the weight of its embedding table beside looking tokens up in it",
                hint='set trainer.embedding_updates = "dense"',
            )
        found = [(each, each.vectors.grad) for each in self.embedding.lookups]
        self.embedding.lookups.clear()
        used = [
            each._replace(vectors=grad.reshape(-1, weight.shape[1]))
            for each, grad in found
            if grad is not None
        ]
        if not used:
            return RowGradients(weight.new_empty(0, dtype=torch.int64), weight.new_empty(0, weight.shape[1]))
        ids, gradient = summed(used)
        gradient[:1].mul_((ids[:1] != PADDING_ID).unsqueeze(1))  # the lowest id; its vector stays zero
        return RowGradients(ids, gradient)

    @torch.no_grad()
    def step(self, shares: Sequence[RowGradients], learning_rate: float) -> None:
        """Move some rows, perhaps none, against their gradients. No two shares have the same one."""
        self.steps += 1
        for ids, gradient in shares:
            if len(ids):
                self._move(ids, gradient, learning_rate)

    def _move(self, ids: Tensor, gradient: Tensor, learning_rate: float) -> None:
        tables = [self.embedding.weight, *self.moments]
        chunk = max(1, CHUNK_BYTES // (gradient.element_size() * gradient.shape[1]))
        for some, slope in zip(torch.split(ids, chunk), torch.split(gradient, chunk), strict=True):
            chosen = [taken(table, some) for table in tables]
            weight, *moments = chosen
            steps = torch.full((), self.steps - 1.0, device=weight.device)  # this one is counted there
            self.rule.move([weight], [slope], [[moment] for moment in moments], [steps], learning_rate)
            for table, changed in zip(tables, chosen, strict=True):
                put(table, some, changed)

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
