"""An encoder with a loss of its own, for steps to be tried on.

Axes: B texts, E embedding.
"""

from __future__ import annotations

from nlpkit.batch import Batch
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.encoded import Encoded
from nlpkit.nn.mean import EmbeddingMeanEncoder


class PenalisedMean(EmbeddingMeanEncoder):
    """The mean of token vectors, and beside it the mean square of its length, under a name."""

    def __init__(self, embedding: TokenEmbedding, name: str) -> None:
        super().__init__(embedding)
        self.name = name

    def forward(self, batch: Batch) -> Encoded:  # type: ignore[override]
        vectors = super().forward(batch)  # (B, E)
        return Encoded(vectors, {self.name: vectors.square().sum(dim=1).mean()})
