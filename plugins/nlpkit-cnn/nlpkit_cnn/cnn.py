"""The convolutional encoder of Kim (2014), "Convolutional Neural Networks for Sentence Classification"."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from nlpkit import PaddedBatch
from nlpkit.nn import TokenEmbedding
from nlpkit_cnn.windows import Activation, WindowMax


class CnnEncoder(nn.Module):
    """Convolutions of several widths over token vectors, each with its maximum over the text: a PaddedBatch
    to float (B, maps * widths).
    """

    def __init__(
        self,
        embedding: TokenEmbedding,
        *,
        widths: Sequence[int],
        maps: int,
        activation: Activation = "relu",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.windows = WindowMax(embedding.embedding_dim, widths, maps, activation)
        self.dropout = nn.Dropout(dropout)
        self.output_dim = self.windows.output_dim

    def forward(self, batch: PaddedBatch) -> Tensor:
        features: Tensor = self.dropout(self.windows(self.embedding(batch.ids), batch.mask()))
        return features
