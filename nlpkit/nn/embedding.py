"""An embedding table that knows its padding id, and what a batch read from it.

Axes: V rows of the table, E size of a vector, N ids of a batch, B texts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from nlpkit.nn.lookups import Lookup
from nlpkit.notes import Note
from nlpkit.vocab import PADDING_ID

Perturb = Callable[[Tensor, Tensor], Tensor]
"""What is read in the place of vectors: `(vectors, tokens) -> vectors`. Vectors are float (..., E), and
`tokens` (...) says how many tokens each is the sum of, padding not counted: bool where that is one or none.
"""


class TokenEmbedding(nn.Embedding):
    """`nn.Embedding` with dropout of numbers and of words; the padding id's vector is zero and stays zero.

    Ids int64 of any shape (...) give float (..., E). `notes` are about where the vectors came from,
    and `source_files` are the files that were read. With `rowwise` set, a training pass leaves no
    gradient in `weight`, which would have all V rows, but adds to `lookups` what it read, for an
    optimizer of rows to take. With `perturb` set, all that is read goes through it.
    """

    def __init__(
        self,
        vocab_size: int,
        size: int,
        *,
        init_std: float = 1.0,
        dropout: float = 0.0,
        word_dropout: float = 0.0,
        frozen: bool = False,
    ) -> None:
        super().__init__(vocab_size, size, padding_idx=PADDING_ID)
        self.dropout = nn.Dropout(dropout)
        self.word_dropout = word_dropout
        self.notes: tuple[Note, ...] = ()
        self.source_files: tuple[object, ...] = ()
        self.rowwise = False
        self.lookups: list[Lookup] = []
        self.perturb: Perturb | None = None
        with torch.no_grad():
            self.weight.normal_(0.0, init_std)
            self.weight[PADDING_ID] = 0.0
        self.weight.requires_grad_(not frozen)

    def start_from(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Set the vectors of some ids: `ids` (K,), `vectors` (K, E)."""
        with torch.no_grad():
            self.weight[torch.from_numpy(ids)] = torch.from_numpy(vectors)

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self._own(self._without_some(ids))
        if self.perturb is not None:
            vectors = self.perturb(vectors, ids != PADDING_ID)
        return self._dropped(vectors)

    def rows(self, ids: Tensor) -> tuple[Tensor, Tensor | None]:
        """Vectors (K, E) and, int64 like `ids`, the place of each token among them.

        Each distinct id has one vector; with dropout of numbers, or perturbed, each token has its own, in
        order, and places are None.
        """
        if (self.training and self.dropout.p) or self.perturb is not None:
            vectors: Tensor = self(ids)
            return vectors.flatten(0, -2), None
        used, places = torch.unique(self._without_some(ids), return_inverse=True)
        return self._dropped(self._own(used)), places

    def mean(self, ids: Tensor, offsets: Tensor) -> Tensor:
        """The mean vector of each text of a FlatBatch: int64 (N,), int64 (B,) -> (B, E)."""
        counts = offsets.diff(append=offsets.new_full((1,), ids.shape[0]))  # (B,)
        ids = self._without_some(ids)
        if self._rowwise_now():
            sums = F.embedding_bag(ids, self.weight.detach(), offsets, mode="sum").requires_grad_()
            texts = torch.arange(len(offsets), device=ids.device)
            places = texts.repeat_interleave(counts, output_size=len(ids))  # (N,)
            self.lookups.append(Lookup(ids, places, sums))
        else:
            sums = F.embedding_bag(ids, self.weight, offsets, mode="sum", padding_idx=PADDING_ID)
        if self.perturb is not None:
            sums = self.perturb(sums, counts)
        return self._dropped(sums / counts.unsqueeze(1))

    def _own(self, ids: Tensor) -> Tensor:
        """The rows of ids: int64 (...) -> (..., E)."""
        if not self._rowwise_now():
            return super().forward(ids)
        vectors = F.embedding(ids, self.weight.detach()).requires_grad_()
        places = torch.arange(ids.numel(), device=ids.device)
        self.lookups.append(Lookup(ids.flatten(), places, vectors))
        return vectors

    def _without_some(self, ids: Tensor) -> Tensor:
        """The ids, in training with padding in the place of the words that this pass does without: one draw
        for all tokens of a word, which so still have one vector (Gal and Ghahramani, 2016).
        """
        if not self.training or not self.word_dropout:
            return ids
        gone = torch.rand(self.num_embeddings, device=ids.device) < self.word_dropout  # (V,)
        return ids.masked_fill(gone[ids], PADDING_ID)

    def _dropped(self, vectors: Tensor) -> Tensor:
        """Vectors without some numbers in training, and as long on average as with all words."""
        if self.training and 0 < self.word_dropout < 1:
            vectors = vectors / (1 - self.word_dropout)
        dropped: Tensor = self.dropout(vectors)
        return dropped

    def _rowwise_now(self) -> bool:
        return self.rowwise and self.training and self.weight.requires_grad and torch.is_grad_enabled()
