"""Poolings: the vectors of a text's tokens to one vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nlpkit.components.kinds import Pooling

if TYPE_CHECKING:
    from torch import nn


class _Named(Pooling):
    """One of `nlpkit.nn.pooling`, by its name there."""

    pool: ClassVar[str]
    exports = True

    def build(self, size: int, backward_size: int) -> nn.Module:
        from nlpkit.nn.pooling import POOLS

        return POOLS[self.pool](size, backward_size)


@dataclass(frozen=True)
class Last(_Named):
    """Where the reading of a text ends: at its last token, and at its first one from the other direction."""

    pool = "last"


@dataclass(frozen=True)
class Mean(_Named):
    """The mean over all tokens."""

    pool = "mean"


@dataclass(frozen=True)
class Max(_Named):
    """The largest value of each feature over all tokens."""

    pool = "max"


@dataclass(frozen=True)
class Attention(_Named):
    """A mean over all tokens whose weights are learned (Yang et al., 2016)."""

    pool = "attention"
