"""TF-IDF features of texts as sparse rows.

Axes: B texts, N tokens of all of them, K distinct tokens of each text in all, V features, which are the ids
from `first_id` on: padding, unknown and specials are no features.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpkit.batch import Batch, FlatBatch

with warnings.catch_warnings():  # the one that torch gives once a process, of sparse tensors being new
    warnings.simplefilter("ignore")
    torch.sparse_csr_tensor([0, 0], [], [], size=(1, 1), check_invariants=False)


class TfidfEncoder(nn.Module):
    """A FlatBatch to a sparse CSR tensor, float32 (B, V): counts of tokens times `idf` (V,), in rows of the
    length 1 (Salton and Buckley, 1988). A text without known tokens is a row of zeros.

    `scaled` has the features that are brought to the length 1 together, bool (V,) each: all of them at once,
    several kinds each for itself, or none.

    `idf` is 1 for every token until `fit` has learned it, and 0 for a token of too few texts.
    """

    idf: Tensor
    kinds: Tensor

    def __init__(
        self,
        vocab_size: int,
        first_id: int,
        *,
        idf: bool = True,
        sublinear_tf: bool = False,
        min_texts: int = 1,
        scaled: Sequence[Tensor] = (),
    ) -> None:
        super().__init__()
        self.output_dim = vocab_size - first_id
        self.register_buffer("idf", torch.ones(self.output_dim))
        self.first_id = first_id
        self._inverse = idf
        self._sublinear_tf = sublinear_tf
        self._min_texts = min_texts
        kinds = torch.full((self.output_dim,), -1)  # (V,): which of `scaled` a feature is in
        for kind, features in enumerate(scaled):
            kinds[features] = kind
        self.register_buffer("kinds", kinds, persistent=False)
        self._scaled = len(scaled)

    def fit(self, batches: Iterable[Batch]) -> None:
        """Learn `idf` from the training texts: smooth, as if one text more had every token once."""
        texts = 0
        having = torch.zeros(self.output_dim, dtype=torch.int64, device=self.idf.device)  # (V,)
        for batch in batches:
            count, _, columns, _ = self._counts(batch)
            having += columns.bincount(minlength=self.output_dim)
            texts += count
        idf = ((1 + texts) / (1 + having.double())).log() + 1 if self._inverse else torch.ones_like(having)
        self.idf.copy_(idf.masked_fill(having < self._min_texts, 0))

    def forward(self, batch: Batch) -> Tensor:
        texts, rows, columns, counts = self._counts(batch)
        values = counts.float()  # (K,)
        if self._sublinear_tf:
            values = 1 + values.log()
        values = values * self.idf[columns]
        if self._scaled:
            values = self._in_length_1(values, rows, self.kinds[columns], texts)
        starts = F.pad(rows.bincount(minlength=texts).cumsum(0), (1, 0))  # (B + 1,)
        return torch.sparse_csr_tensor(
            starts.int(),  # int64 would take the head three times as long
            columns.int(),
            values,
            size=(texts, self.output_dim),
            check_invariants=False,
        )

    def _in_length_1(self, values: Tensor, rows: Tensor, kinds: Tensor, texts: int) -> Tensor:
        """Values of features in some rows and of some kinds, (K,) each, over the length of both."""
        places = rows * self._scaled + kinds  # (K,)
        squares = values.new_zeros(texts * self._scaled).index_add_(0, places, values**2)
        return values / squares.sqrt().clamp_min(1e-30)[places]

    def _counts(self, batch: Batch) -> tuple[int, Tensor, Tensor, Tensor]:
        """B, then text, feature and count of each distinct token of each text, (K,) each, in order."""
        if not isinstance(batch, FlatBatch):
            raise TypeError(f"a FlatBatch is expected, not a {type(batch).__name__}")
        texts = torch.arange(len(batch.offsets), device=batch.ids.device)
        lengths = F.pad(batch.offsets, (0, 1), value=len(batch.ids)).diff()  # (B,)
        places = texts.repeat_interleave(lengths, output_size=len(batch.ids)) * self.output_dim  # (N,)
        known = batch.ids >= self.first_id
        found, counts = torch.unique((places + batch.ids - self.first_id)[known], return_counts=True)
        rows = found // self.output_dim
        return len(batch.offsets), rows, found - rows * self.output_dim, counts
