"""From one vector a token to one vector a text.

A pooling is a module: states (B, T, H), of which each text has those that mask, bool (B, T), says, to
(B, output_dim). Axes: B texts, T tokens of the longest one, H features of a token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal

import torch
from torch import Tensor, nn

from nlpkit.nn.encoded import SIZED, is_sized
from nlpkit.settings.given import callable_with, called, given_by

PoolingName = Literal["last", "mean", "max", "attention"]
BuildPool = Callable[[int, int], nn.Module]  # of H, and how many of these read a text from its end
Pooling = PoolingName | BuildPool


def mean_pool(states: Tensor, mask: Tensor) -> Tensor:
    """The mean over the tokens: `states` (B, T, H), `mask` bool (B, T) -> (B, H)."""
    kept = mask.unsqueeze(-1)  # (B, T, 1)
    return (states * kept).sum(dim=1) / kept.sum(dim=1)


def max_pool(states: Tensor, mask: Tensor) -> Tensor:
    """The largest value of each feature over the tokens: (B, T, H), bool (B, T) -> (B, H)."""
    return states.masked_fill(~mask.unsqueeze(-1), -torch.inf).amax(dim=1)


class FixedPool(nn.Module):
    """A function of states and mask, without weights, that gives `output_dim` features."""

    def __init__(self, pool: Callable[[Tensor, Tensor], Tensor], output_dim: int) -> None:
        super().__init__()
        callable_with(pool, 2)
        self.pool = pool
        self.output_dim = output_dim

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`states` (B, T, H), `mask` bool (B, T) -> (B, output_dim)."""
        return self.pool(states, mask)


def last_pool(states: Tensor, mask: Tensor, backward_size: int = 0) -> Tensor:
    """Where the reading of a text ends: the state of its last token, and of its first one for the last
    `backward_size` features, which read it from its end: (B, T, H), bool (B, T) -> (B, H).
    """
    last = mask.sum(dim=1) - 1  # (B,)
    ends = states[torch.arange(states.shape[0], device=states.device), last]  # (B, H)
    if not backward_size:
        return ends
    forward_size = states.shape[-1] - backward_size
    return torch.cat([ends[:, :forward_size], states[:, 0, forward_size:]], dim=-1)


class AttentionPool(nn.Module):
    """A learned weighting of the tokens (Yang et al., 2016, "Hierarchical Attention Networks", eq. 5-7)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(size, size)
        self.score = nn.Linear(size, 1, bias=False)
        self.output_dim = size

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`states` (B, T, H), `mask` bool (B, T) -> (B, H)."""
        scores = self.score(torch.tanh(self.hidden(states))).squeeze(-1)  # (B, T)
        weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
        pooled: Tensor = (weights.unsqueeze(-1) * states).sum(dim=1)
        return pooled


class SideBySide(nn.Module):
    """Several poolings of the same states, one after the other in one vector."""

    def __init__(self, pools: Sequence[nn.Module]) -> None:
        super().__init__()
        self.pools = nn.ModuleList(pools)
        sizes: list[int] = [int(pool.output_dim) for pool in pools]  # type: ignore[arg-type]  # of a module
        self.output_dim = sum(sizes)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`states` (B, T, H), `mask` bool (B, T) -> (B, output_dim)."""
        return torch.cat([pooled(pool, states, mask) for pool in self.pools], dim=-1)


def pooled(pool: nn.Module, states: Tensor, mask: Tensor) -> Tensor:
    """What a pooling makes of states: float (B, output_dim). GivenError where it is something else."""
    found: Tensor = pool(states, mask)
    fits = isinstance(found, Tensor) and [*found.shape[1:]] == [pool.output_dim]
    expected = f"a tensor of one vector of {pool.output_dim} a text"
    return given_by(_function_of(pool), found, fits, expected)


def _function_of(pool: nn.Module) -> Callable[..., object]:
    """What gives the vectors: a function that a `FixedPool` is around, or how a module goes forward."""
    return pool.pool if isinstance(pool, FixedPool) else pool.forward


POOLS: Final[dict[str, BuildPool]] = {
    "last": lambda size, backward_size: FixedPool(partial(last_pool, backward_size=backward_size), size),
    "mean": lambda size, backward_size: FixedPool(mean_pool, size),
    "max": lambda size, backward_size: FixedPool(max_pool, size),
    "attention": lambda size, backward_size: AttentionPool(size),
}


def pool_of(pooling: Pooling | Sequence[Pooling], size: int, backward_size: int) -> nn.Module:
    """The module of a pooling, or of several side by side, for states of `size` features."""
    several = [pooling] if isinstance(pooling, str) or callable(pooling) else pooling
    builds = [POOLS[each] if isinstance(each, str) else each for each in several]
    pools = [_built(build, size, backward_size) for build in builds]
    return pools[0] if len(pools) == 1 else SideBySide(pools)


def _built(build: BuildPool, size: int, backward_size: int) -> nn.Module:
    pool = called(build, size, backward_size)
    given_by(build, pool, is_sized(pool), SIZED)
    callable_with(pool, 2)
    module: nn.Module = pool
    return module
