"""Tokens from their characters (Kim et al., 2016, "Character-Aware Neural Language Models"), and texts from
these tokens.

Axes: B texts, T tokens of the longest one, U distinct tokens of a batch, L characters of the longest one,
C numbers that the characters of a token give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from nlpkit.nn import TokenEmbedding
from nlpkit_cnn.batch import CharBatch
from nlpkit_cnn.windows import Activation, WindowMax

CLOSED: Final = -2.0  # first bias of highway gates: what comes in goes out (Kim et al., 2016, section 3)
CHAR_STD: Final = 0.1  # at 1, the maximum over a token is where tanh is flat, for nearly every token


class CharCnnEncoder(nn.Module):
    """Convolutions over the characters of each distinct token, then over the tokens of each text: a CharBatch
    to float (B, maps * widths).
    """

    def __init__(
        self,
        alphabet_size: int,
        words: TokenEmbedding | None,
        *,
        char_size: int,
        char_widths: Sequence[int],
        char_maps: int,
        highway_layers: int,
        widths: Sequence[int],
        maps: int,
        activation: Activation = "relu",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.characters = nn.Embedding(alphabet_size, char_size)
        nn.init.normal_(self.characters.weight, std=CHAR_STD)
        self.char_windows = WindowMax(char_size, char_widths, char_maps, "tanh")
        token_size = self.char_windows.output_dim
        self.highway = nn.Sequential(*(Highway(token_size) for _ in range(highway_layers)))
        self.words = words
        self.windows = WindowMax(token_size + (words.embedding_dim if words else 0), widths, maps, activation)
        self.dropout = nn.Dropout(dropout)
        self.output_dim = self.windows.output_dim

    def forward(self, batch: CharBatch) -> Tensor:
        spelt = self.char_windows(self.characters(batch.characters), batch.characters != 0)  # (U, C)
        vectors = nn.functional.embedding(batch.places, self.highway(spelt))  # (B, T, C)
        if self.words is not None:
            vectors = torch.cat([vectors, self.words(batch.ids)], dim=-1)  # (B, T, C + E)
        features: Tensor = self.dropout(self.windows(vectors, batch.mask()))
        return features


class Highway(nn.Module):
    """A layer that a gate lets its input pass by (Srivastava et al., 2015): (U, C) -> (U, C)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(size, size)
        self.gate = nn.Linear(size, size)
        nn.init.constant_(self.gate.bias, CLOSED)

    def forward(self, vectors: Tensor) -> Tensor:
        opened = torch.sigmoid(self.gate(vectors))  # (U, C)
        return opened * torch.relu(self.layer(vectors)) + (1 - opened) * vectors
