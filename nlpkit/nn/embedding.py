"""An embedding table that knows its padding id, and which of its rows a batch used.

Axes: V rows of the table, E size of a vector, U distinct ids of a batch, N ids of a batch, B texts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from nlpkit.vocab import PADDING_ID


class Touched(NamedTuple):
    """The rows that one look-up used: distinct `ids` int64 (U,), and a copy of their vectors, (U, E), that
    takes the gradient.
    """

    ids: Tensor
    rows: Tensor


class TokenEmbedding(nn.Embedding):
    """`nn.Embedding` with dropout; the padding id's vector is zero and stays zero.

    Ids int64 of any shape (...) give float (..., E). `notes` are sentences about where the vectors
    came from. With `rowwise` set, a training pass leaves no gradient in `weight`, which would have all V
    rows; each look-up adds to `touched` the rows it used, for `nlpkit.nn.rowwise` to update.
    """

    def __init__(
        self, vocab_size: int, size: int, *, init_std: float = 1.0, dropout: float = 0.0, frozen: bool = False
    ) -> None:
        super().__init__(vocab_size, size, padding_idx=PADDING_ID)
        self.dropout = nn.Dropout(dropout)
        self.notes: tuple[str, ...] = ()
        self.rowwise = False
        self.touched: list[Touched] = []
        with torch.no_grad():
            self.weight.normal_(0.0, init_std)
            self.weight[PADDING_ID] = 0.0
        self.weight.requires_grad_(not frozen)

    def start_from(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Set the vectors of some ids: `ids` (K,), `vectors` (K, E)."""
        with torch.no_grad():
            self.weight[torch.from_numpy(ids)] = torch.from_numpy(vectors)

    def forward(self, ids: Tensor) -> Tensor:
        if self._rowwise_now():
            places, rows = self._touch(ids)
            vectors = F.embedding(places, rows)
        else:
            vectors = super().forward(ids)
        dropped: Tensor = self.dropout(vectors)
        return dropped

    def rows(self, ids: Tensor) -> tuple[Tensor, Tensor | None]:
        """Vectors (K, E) and, int64 like `ids`, the place of each token among them.

        Each distinct id has one vector; with dropout each token has its own, in order, and places are None.
        """
        if self.training and self.dropout.p:
            vectors: Tensor = self(ids)
            return vectors.flatten(0, -2), None
        if self._rowwise_now():
            places, rows = self._touch(ids)
            return rows, places
        used, places = torch.unique(ids, return_inverse=True)
        return super().forward(used), places

    def mean(self, ids: Tensor, offsets: Tensor) -> Tensor:
        """The mean vector of each text of a FlatBatch: int64 (N,), int64 (B,) -> (B, E)."""
        places, rows = self._touch(ids) if self._rowwise_now() else (ids, self.weight)
        dropped: Tensor = self.dropout(F.embedding_bag(places, rows, offsets, mode="mean"))
        return dropped

    def _rowwise_now(self) -> bool:
        return self.rowwise and self.training and self.weight.requires_grad and torch.is_grad_enabled()

    def _touch(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """The place of each id among the rows that are used, and these rows, ready for a gradient."""
        used, places = torch.unique(ids, return_inverse=True)
        rows = self.weight.detach()[used].requires_grad_()
        self.touched.append(Touched(used, rows))
        return places, rows
