"""RNN, GRU and LSTM encoders in two forms that agree: packed, and padded with masks.

Axes: B texts, T tokens of the longest one, E embedding, H hidden, D directions (1 or 2), L layers.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nlpkit.batch import LengthBatch, PaddedBatch
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.pooling import AttentionPool, Pooling, max_pool, mean_pool

Cell = Literal["rnn", "gru", "lstm"]
MODULES: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RecurrentEncoder(nn.Module):
    """A recurrent network over token vectors, pooled to one vector a text: float (B, H * D).

    The weights are those of torch's own `nn.RNN`, `nn.GRU` (Cho et al., 2014) or `nn.LSTM` (Hochreiter
    and Schmidhuber, 1997), under `rnn`. `packed` takes a LengthBatch and skips the padding; otherwise a
    PaddedBatch will do, and the backward direction reads each text reversed by its own length. Both
    give the same result. `pooling` makes one vector of the last layer's states: "last" is the forward
    state at the last token beside the backward state at the first.
    """

    def __init__(
        self,
        cell: Cell,
        embedding: TokenEmbedding,
        *,
        hidden_size: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        packed: bool = False,
        pooling: Pooling = "last",
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.rnn = MODULES[cell](
            input_size=embedding.embedding_dim,
            hidden_size=hidden_size,
            num_layers=num_layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout if num_layers > 1 else 0.0,  # torch drops between layers only
        )
        self.output_dim = hidden_size * (2 if bidirectional else 1)
        self.dropout = nn.Dropout(dropout)
        self.packed = packed
        self.pooling = pooling
        self.attention = AttentionPool(self.output_dim) if pooling == "attention" else None

    def forward(self, batch: PaddedBatch) -> Tensor:
        """Float (B, H * D); a packed encoder needs a LengthBatch."""
        vectors = self.embedding(batch.ids)  # (B, T, E)
        mask = batch.mask()  # (B, T)
        if self.packed:
            if not isinstance(batch, LengthBatch):
                raise TypeError(f"a packed encoder reads a LengthBatch, not a {type(batch).__name__}")
            states = self._packed_states(vectors, batch.lengths)
        else:
            states = self._padded_states(vectors, mask)
        pooled: Tensor = self.dropout(self._pool(states, mask))
        return pooled

    def _packed_states(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=vectors.shape[1])
        return states  # (B, T, H * D)

    def _padded_states(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Padding stands to the right of every text, so a forward direction never sees it."""
        if not self.rnn.bidirectional:
            states: Tensor = self.rnn(vectors)[0]
            return states  # (B, T, H)
        order = reversed_by_length(mask)  # (B, T)
        for layer in range(self.rnn.num_layers):
            if layer:
                vectors = nn.functional.dropout(vectors, self.rnn.dropout, self.training)
            forward = self._direction(vectors, layer, reverse=False)
            backward = self._direction(take_tokens(vectors, order), layer, reverse=True)
            vectors = torch.cat([forward, take_tokens(backward, order)], dim=-1)
        return vectors  # (B, T, H * 2)

    def _direction(self, vectors: Tensor, layer: int, *, reverse: bool) -> Tensor:
        """One direction of one layer, left to right: (B, T, E or H * D) -> (B, T, H)."""
        weights = tuple(self.rnn.all_weights[2 * layer + reverse])
        start = vectors.new_zeros(1, len(vectors), self.rnn.hidden_size)
        # biases, 1 layer, no dropout, training or not, 1 direction, batch first
        if isinstance(self.rnn, nn.LSTM):
            return torch.lstm(vectors, (start, start), weights, True, 1, 0.0, self.training, False, True)[0]
        run = torch.gru if isinstance(self.rnn, nn.GRU) else torch.rnn_tanh
        return run(vectors, start, weights, True, 1, 0.0, self.training, False, True)[0]

    def _pool(self, states: Tensor, mask: Tensor) -> Tensor:
        if self.pooling == "mean":
            return mean_pool(states, mask)
        if self.pooling == "max":
            return max_pool(states, mask)
        if self.attention is not None:
            attended: Tensor = self.attention(states, mask)
            return attended
        last = mask.sum(dim=1) - 1  # (B,)
        ends = states[torch.arange(len(states), device=states.device), last]  # (B, H * D)
        if not self.rnn.bidirectional:
            return ends
        hidden_size = self.rnn.hidden_size
        return torch.cat([ends[:, :hidden_size], states[:, 0, hidden_size:]], dim=-1)


def reversed_by_length(mask: Tensor) -> Tensor:
    """For each text the places of its tokens from last to first, padding left where it is.

    `mask` bool (B, T) -> int64 (B, T). Applying it twice restores the order.
    """
    places = torch.arange(mask.shape[1], device=mask.device)  # (T,)
    lengths = mask.sum(dim=1, keepdim=True)  # (B, 1)
    return torch.where(mask, lengths - 1 - places, places)


def take_tokens(vectors: Tensor, places: Tensor) -> Tensor:
    """The vectors at `places`, text by text: (B, T, H), int64 (B, T) -> (B, T, H)."""
    return vectors.gather(1, places.unsqueeze(-1).expand(-1, -1, vectors.shape[-1]))
