"""An embedding table that knows its padding id, and what a batch read from it.

Axes: V rows of the table, E size of a vector, N ids of a batch, B texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from nlpkit.nn.kernels import repeated
from nlpkit.nn.lookups import Lookup
from nlpkit.notes import Note
from nlpkit.vocab import PADDING_ID, UNKNOWN_ID

BLOCK: Final = 8192  # rows finished at once: the n-grams of all of them would take much memory

Change = Callable[[Tensor, Tensor], Tensor]  # vectors (..., E) of ids (...) -> vectors

# what is read from some tables goes through, in this thread alone
CHANGES: Final[ContextVar[Mapping[nn.Module, Change]]] = ContextVar("CHANGES", default=MappingProxyType({}))


class TokenEmbedding(nn.Embedding):
    """`nn.Embedding` with dropout of numbers and of words; the padding id's vector is zero and stays zero.

    Ids int64 of any shape (...) give float (..., E). `notes` are about where the vectors came from,
    and `source_files` are the files that were read. With `rowwise` set, a training pass leaves no
    gradient in `weight`, which would have all V rows, but adds to `lookups` what it read, for an
    optimizer of rows to take. What it reads for a batch can be handed in: `nlpkit.nn.vectors_through`.

    With `char_ngrams` set, a module from distinct ids (K,) to float (K, E), a vector is its row of `weight`
    and what that module adds to it, until training is over.
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
        self.char_ngrams: nn.Module | None = None
        with torch.no_grad():
            self.weight.normal_(0.0, init_std)
            self.weight[: UNKNOWN_ID + 1] = 0.0  # padding, and words that have no vector of their own
        self.weight.requires_grad_(not frozen)

    def start_from(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Set the vectors of some ids: `ids` (K,), `vectors` (K, E)."""
        some, wanted = torch.from_numpy(ids), torch.from_numpy(vectors)
        with torch.no_grad():
            self.weight[some] = wanted if self.char_ngrams is None else wanted - self.char_ngrams(some)

    def finish_training(self) -> None:
        """Add to each row what `char_ngrams` adds to it, and do without them."""
        if self.char_ngrams is None:
            return
        with torch.no_grad():
            for ids in torch.split(torch.arange(len(self.weight), device=self.weight.device), BLOCK):
                self.weight[ids] = self._distinct(ids)
        self.char_ngrams = None

    def forward(self, ids: Tensor) -> Tensor:
        ids = self._without_some(ids)
        return self._dropped(self._changed(self._vectors(ids), ids))

    def rows(self, ids: Tensor) -> tuple[Tensor, Tensor | None]:
        """Vectors (K, E) and, int64 like `ids`, the place of each token among them.

        Each distinct id has one vector; with dropout of numbers, or where vectors are handed in, each token
        has its own, in order, and places are None.
        """
        if (self.training and self.dropout.p) or self.change is not None:
            vectors: Tensor = self(ids)
            return vectors.flatten(0, -2), None
        used, places = torch.unique(self._without_some(ids), return_inverse=True)
        return self._dropped(self._distinct(used)), places

    def mean(self, ids: Tensor, offsets: Tensor) -> Tensor:
        """The mean vector of each text of a FlatBatch: int64 (N,), int64 (B,) -> (B, E)."""
        counts = offsets.diff(append=offsets.new_full((1,), ids.shape[0]))  # (B,)
        ids = self._without_some(ids)
        if self.change is not None:
            each = torch.arange(len(ids), device=ids.device)
            sums = F.embedding_bag(each, self._changed(self._vectors(ids), ids), offsets, mode="sum")
        elif self.char_ngrams is None:
            sums = self.sums(ids, offsets, counts)
        else:
            used, places = torch.unique(ids, return_inverse=True)
            sums = F.embedding_bag(places, self._distinct(used), offsets, mode="sum")
        return self._dropped(sums / counts.unsqueeze(1))

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

    def sums(self, ids: Tensor, offsets: Tensor, counts: Tensor) -> Tensor:
        """The sums of the rows of some bags of ids, of which `counts` says the sizes: int64 (N,), int64 (B,)
        twice -> (B, E).
        """
        if not self._rowwise_now():
            return F.embedding_bag(ids, self.weight, offsets, mode="sum", padding_idx=PADDING_ID)
        sums = F.embedding_bag(ids, self.weight.detach(), offsets, mode="sum").requires_grad_()
        self.lookups.append(Lookup(ids, repeated(counts, len(ids)), sums))
        return sums

    @property
    def change(self) -> Change | None:
        """What this thread's vectors go through before anything else reads them."""
        if torch.compiler.is_dynamo_compiling():  # which cannot read a context variable
            return None
        return CHANGES.get().get(self)

    def _changed(self, vectors: Tensor, ids: Tensor) -> Tensor:
        """Vectors (..., E) of ids (...) as they are handed in; those of padding stay zero."""
        change = self.change
        if change is None:
            return vectors
        return change(vectors, ids).masked_fill((ids == PADDING_ID).unsqueeze(-1), 0.0)

    def _vectors(self, ids: Tensor) -> Tensor:
        """A vector for each id: int64 (...) -> (..., E)."""
        if self.char_ngrams is None:
            return self._own(ids)
        used, places = torch.unique(ids, return_inverse=True)
        return F.embedding(places, self._distinct(used))

    def _own(self, ids: Tensor) -> Tensor:
        """The rows of ids: int64 (...) -> (..., E)."""
        if not self._rowwise_now():
            return super().forward(ids)
        vectors = F.embedding(ids, self.weight.detach()).requires_grad_()
        self.lookups.append(Lookup(ids.flatten(), torch.arange(ids.numel(), device=ids.device), vectors))
        return vectors

    def _distinct(self, ids: Tensor) -> Tensor:
        """The vectors of distinct ids: int64 (K,) -> (K, E)."""
        own = self._own(ids)
        if self.char_ngrams is None:
            return own
        added: Tensor = self.char_ngrams(ids)
        return own + added

    def _rowwise_now(self) -> bool:
        return self.rowwise and self.training and self.weight.requires_grad and torch.is_grad_enabled()
