"""Attention over LSTM states (Lin et al., 2017, "A Structured Self-attentive Sentence Embedding").

Axes: B texts, T tokens of the longest one, E embedding, H hidden of one direction, R hops.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nlpkit import PaddedBatch
from nlpkit.nn import TokenEmbedding


class SelfAttentionEncoder(nn.Module):
    """The weighted means of LSTM states under several attentions, side by side: a PaddedBatch to float
    (B, R * 2 H).
    """

    def __init__(
        self,
        embedding: TokenEmbedding,
        *,
        hidden_size: int,
        attention_size: int,
        hops: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.states = BidirectionalLstm(embedding.embedding_dim, hidden_size)
        self.hidden = nn.Linear(2 * hidden_size, attention_size, bias=False)  # W_s1 of equation 6
        self.scores = nn.Linear(attention_size, hops, bias=False)  # W_s2
        self.dropout = nn.Dropout(dropout)
        self.output_dim = hops * 2 * hidden_size

    def forward(self, batch: PaddedBatch) -> Tensor:
        mask = batch.mask()  # (B, T)
        states = self.states(self.embedding(batch.ids), mask)  # (B, T, 2 H)
        means = self.weights(states, mask).transpose(1, 2) @ states  # (B, R, 2 H)
        flat: Tensor = self.dropout(means.flatten(1))
        return flat

    def weights(self, states: Tensor, mask: Tensor) -> Tensor:
        """How much of each state a hop takes, 1 in all: (B, T, 2 H), bool (B, T) -> (B, T, R)."""
        scores = self.scores(torch.tanh(self.hidden(states)))  # (B, T, R)
        weights: Tensor = scores.masked_fill(~mask.unsqueeze(-1), -torch.inf).softmax(dim=1)
        return weights


class BidirectionalLstm(nn.Module):
    """The states of an LSTM that reads each text from both ends: (B, T, E), bool (B, T) -> (B, T, 2 H).

    The same as a packed `nn.LSTM`, without packing: the backward direction reads each text reversed by its
    own length, so that neither meets padding before the text has ended. States at padding mean nothing.
    """

    def __init__(self, size: int, hidden_size: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(size, hidden_size, batch_first=True)
        self.backwards = nn.LSTM(size, hidden_size, batch_first=True)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        order = reversed_by_length(mask)  # (B, T)
        ahead, _ = self.forwards(vectors)
        back, _ = self.backwards(taken(vectors, order))
        return torch.cat([ahead, taken(back, order)], dim=-1)


def reversed_by_length(mask: Tensor) -> Tensor:
    """A text's places from its last token to its first, then padding's: bool (B, T) -> int64 (B, T)."""
    places = torch.arange(mask.shape[1], device=mask.device)
    return torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - places, places)


def taken(vectors: Tensor, places: Tensor) -> Tensor:
    """The vectors at `places`, text by text: (B, T, E), int64 (B, T) -> (B, T, E)."""
    return vectors.gather(1, places.unsqueeze(-1).expand(-1, -1, vectors.shape[-1]))
