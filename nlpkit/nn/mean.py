"""The mean of a text's token vectors.

Axes: B texts, T tokens of the longest one, N tokens of all of them, E embedding.
"""

from __future__ import annotations

from torch import Tensor, nn

from nlpkit.batch import Batch, FlatBatch, PaddedBatch
from nlpkit.nn.embedding import TokenEmbedding


class EmbeddingMeanEncoder(nn.Module):
    """The bag of words of fastText (Joulin et al., 2016, "Bag of Tricks", section 2): a FlatBatch or a
    PaddedBatch to float (B, E).
    """

    def __init__(self, embedding: TokenEmbedding) -> None:
        super().__init__()
        self.embedding = embedding
        self.output_dim = embedding.embedding_dim

    def forward(self, batch: Batch) -> Tensor:
        if isinstance(batch, PaddedBatch):
            vectors = self.embedding(batch.ids)  # (B, T, E), zero at padding
            total: Tensor = vectors.sum(dim=1)  # (B, E)
            return total / batch.mask().sum(dim=1, keepdim=True)
        if not isinstance(batch, FlatBatch):
            raise TypeError(f"a FlatBatch or a PaddedBatch is expected, not a {type(batch).__name__}")
        return self.embedding.mean(batch.ids, batch.offsets)
