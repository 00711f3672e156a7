"""An embedding table that knows its padding id. E is the size of a vector."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nlpkit.vocab import PADDING_ID


class TokenEmbedding(nn.Embedding):
    """`nn.Embedding` with dropout; the padding id's vector is zero and stays zero.

    Ids int64 of any shape (...) give float (..., E). `notes` are sentences about where the vectors
    came from.
    """

    def __init__(
        self, vocab_size: int, size: int, *, init_std: float = 1.0, dropout: float = 0.0, frozen: bool = False
    ) -> None:
        super().__init__(vocab_size, size, padding_idx=PADDING_ID)
        self.dropout = nn.Dropout(dropout)
        self.notes: tuple[str, ...] = ()
        with torch.no_grad():
            self.weight.normal_(0.0, init_std)
            self.weight[PADDING_ID] = 0.0
        self.weight.requires_grad_(not frozen)

    def start_from(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Set the vectors of some ids: `ids` (K,), `vectors` (K, E)."""
        with torch.no_grad():
            self.weight[torch.from_numpy(ids)] = torch.from_numpy(vectors)

    def forward(self, ids: Tensor) -> Tensor:
        vectors: Tensor = self.dropout(super().forward(ids))
        return vectors
