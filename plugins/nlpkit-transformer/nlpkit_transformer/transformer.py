"""A Transformer encoder (Vaswani et al., 2017, "Attention Is All You Need").

Each layer looks around, which is attention, and then works on each token alone with a small network. Both add
to the token's vector, and neither replaces it. Norms come before them (Xiong et al., 2020, "On Layer
Normalization in the Transformer Architecture"), so that the learning rate needs no warm-up.

Axes: B texts, T tokens of the longest one, H numbers of a token, A heads, D = H / A numbers of a head.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlpkit import PaddedBatch
from nlpkit.nn import TokenEmbedding

Pooling = Literal["mean", "max", "first"]


class TransformerEncoder(nn.Module):
    """Token vectors and positions, layers, a last norm, and one vector a text: a PaddedBatch to (B, H)."""

    def __init__(
        self,
        embedding: TokenEmbedding,
        *,
        layers: int,
        heads: int,
        feed_forward_size: int,
        dropout: float = 0.0,
        pooling: Pooling = "mean",
    ) -> None:
        super().__init__()
        size = embedding.embedding_dim
        self.embedding = embedding
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            TransformerLayer(size, heads, feed_forward_size, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(size)
        self.pooling = pooling
        self.output_dim = size

    def forward(self, batch: PaddedBatch) -> Tensor:
        mask = batch.mask()  # (B, T)
        vectors = self.embedding(batch.ids) * math.sqrt(self.output_dim)  # (B, T, H); section 3.4
        states = self.dropout(vectors + positions(vectors))
        for layer in self.layers:
            states = layer(states, mask)
        return pooled(self.norm(states), mask, self.pooling)  # (B, H)


class TransformerLayer(nn.Module):
    """Attention, then a feed-forward network, each added to what comes in: (B, T, H) -> (B, T, H).

    The numbers of `nn.TransformerEncoderLayer` with `norm_first`, but that no attention weights are dropped.
    """

    def __init__(self, size: int, heads: int, feed_forward_size: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(size)
        self.attention = MultiHeadAttention(size, heads)
        self.feed_forward_norm = nn.LayerNorm(size)
        self.feed_forward = nn.Sequential(
            nn.Linear(size, feed_forward_size),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(feed_forward_size, size),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        states = states + self.dropout(self.attention(self.attention_norm(states), mask))
        added: Tensor = self.dropout(self.feed_forward(self.feed_forward_norm(states)))
        return states + added


class MultiHeadAttention(nn.Module):
    """Each token asks all tokens of its text, in several ways at once: (B, T, H) -> (B, T, H).

    A head takes the mean of the values, each weighted by how well its key answers the token's query. torch's
    kernels do this without ever holding the T * T weights, which is why none of these is dropped in training.
    """

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inputs = nn.Linear(size, 3 * size)  # the queries of all heads, then the keys, then the values
        self.outputs = nn.Linear(size, size)
        nn.init.xavier_uniform_(self.inputs.weight)
        nn.init.zeros_(self.inputs.bias)
        nn.init.zeros_(self.outputs.bias)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`states` (B, T, H), `mask` bool (B, T), true for the tokens that may be looked at."""
        projected = self.inputs(states).unflatten(-1, (3, self.heads, -1))  # (B, T, 3, A, D)
        queries, keys, values = projected.permute(2, 0, 3, 1, 4).unbind(0)  # (B, A, T, D) each
        looked_at = mask[:, None, None, :]  # (B, 1, 1, T): by every head and token
        means = F.scaled_dot_product_attention(queries, keys, values, attn_mask=looked_at)
        mixed: Tensor = self.outputs(means.transpose(1, 2).flatten(2))
        return mixed  # (B, T, H)


def positions(vectors: Tensor) -> Tensor:
    """Sines and cosines of each place in a text, from wavelengths 2 pi to 10,000 * 2 pi: (B, T, H) -> (T, H).

    Section 3.5, with all sines first. They are computed, not stored, so that a text may have any length.
    """
    tokens, size = vectors.shape[1:]
    places = torch.arange(tokens, device=vectors.device, dtype=torch.float32)
    steps = torch.arange((size + 1) // 2, device=vectors.device, dtype=torch.float32)
    angles = places.unsqueeze(1) * torch.exp(steps * (-2 * math.log(10_000) / size))  # (T, H / 2)
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :size].to(vectors.dtype)


def pooled(states: Tensor, mask: Tensor, pooling: Pooling) -> Tensor:
    """One vector a text: (B, T, H), bool (B, T) -> (B, H)."""
    if pooling == "first":
        return states[:, 0]
    kept = mask.unsqueeze(-1)  # (B, T, 1)
    if pooling == "max":
        return states.masked_fill(~kept, -torch.inf).amax(dim=1)
    return states.masked_fill(~kept, 0.0).sum(dim=1) / kept.sum(dim=1)
