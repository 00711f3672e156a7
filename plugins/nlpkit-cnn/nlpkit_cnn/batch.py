"""A batch layout of this plugin: tokens, and how each of them is spelt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit import LengthBatch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class CharBatch(LengthBatch):
    """`characters` (U, L), int64: those of each distinct id of the batch, padded on the right with 0, which
    padding has alone. `places` (B, T), int64: which of these rows each token has.

    A word that stands in a batch a hundred times is spelt once. Encoders of padded batches read it as well.
    """

    characters: Tensor
    places: Tensor
