"""Batch layouts: what a collator produces and an encoder accepts. The type is the whole contract.

B is the number of texts, T the tokens of the longest one, N the tokens of all of them.
Ids are int64; id 0 is padding and nothing else, and every text has at least one id.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Token ids of some texts. A layout of your own inherits and adds tensors as fields."""

    on_cpu: ClassVar[frozenset[str]] = frozenset()  # fields that `to` leaves where they are

    ids: Tensor

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Self:
        """The same batch with its tensors on `device`."""
        moved = {
            field.name: getattr(self, field.name).to(device, non_blocking=non_blocking)
            for field in fields(self)
            if field.name not in self.on_cpu
        }
        return replace(self, **moved)

    def pin_memory(self) -> Self:
        """The same batch in memory that a GPU copies from while the CPU goes on."""
        moved = {
            field.name: getattr(self, field.name).pin_memory()
            for field in fields(self)
            if field.name not in self.on_cpu
        }
        return replace(self, **moved)


@dataclass(frozen=True)
class PaddedBatch(Batch):
    """`ids` int64 (B, T), padded on the right with id 0."""

    def mask(self) -> Tensor:
        """bool (B, T): true where there is a token."""
        return self.ids != 0


@dataclass(frozen=True)
class LengthBatch(PaddedBatch):
    """`ids` int64 (B, T), padded on the right with id 0, and `lengths` int64 (B,), the tokens of each text.
    Lengths are always on the CPU, where packing wants them.
    """

    on_cpu = frozenset({"lengths"})

    lengths: Tensor


@dataclass(frozen=True)
class FlatBatch(Batch):
    """`ids` int64 (N,), all texts end to end, and `offsets` int64 (B,): where each text starts."""

    offsets: Tensor
