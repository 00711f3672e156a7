"""From one vector a token to one vector a text.

Axes: B texts, T tokens of the longest one, H features of a token.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Pooling = Literal["last", "mean", "max", "attention"]


def mean_pool(states: Tensor, mask: Tensor) -> Tensor:
    """The mean over the tokens: `states` (B, T, H), `mask` bool (B, T) -> (B, H)."""
    kept = mask.unsqueeze(-1)  # (B, T, 1)
    return (states * kept).sum(dim=1) / kept.sum(dim=1)


def max_pool(states: Tensor, mask: Tensor) -> Tensor:
    """The largest value of each feature over the tokens: (B, T, H), bool (B, T) -> (B, H)."""
    return states.masked_fill(~mask.unsqueeze(-1), -torch.inf).amax(dim=1)


class AttentionPool(nn.Module):
    """A learned weighting of the tokens (Yang et al., 2016, "Hierarchical Attention Networks", eq. 5-7)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(size, size)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`states` (B, T, H), `mask` bool (B, T) -> (B, H)."""
        scores = self.score(torch.tanh(self.hidden(states))).squeeze(-1)  # (B, T)
        weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
        pooled: Tensor = (weights.unsqueeze(-1) * states).sum(dim=1)
        return pooled
