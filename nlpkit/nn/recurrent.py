"""RNN, GRU and LSTM encoders in two forms that agree: packed, and padded with masks.

Axes: B texts, T tokens of the longest one, E embedding, H hidden, D directions (1 or 2), L layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nlpkit.batch import LengthBatch, PaddedBatch
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.lstm import Weights, lstm
from nlpkit.nn.pooling import Pooling, pool_of, pooled

Cell = Literal["rnn", "gru", "lstm"]
OWN_KERNEL_SIZE = 1 << 13  # texts * hidden size from which ours is faster by a fifth: decision 0011
MODULES: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RecurrentEncoder(nn.Module):
    """A recurrent network over token vectors, pooled to one vector a text: float (B, output_dim).

    The weights are those of torch's own `nn.RNN`, `nn.GRU` (Cho et al., 2014) or `nn.LSTM` (Hochreiter
    and Schmidhuber, 1997), under `rnn`. `packed` takes a LengthBatch and skips the padding; otherwise a
    PaddedBatch will do, and the backward direction reads each text reversed by its own length. All forms give
    the same result. `pooling` makes one vector of the last layer's states, or several side by side:
    "last" is the forward state at the last token beside the backward state at the first.
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
        pooling: Pooling | Sequence[Pooling] = "last",
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.rnn = MODULES[cell](
            input_size=embedding.embedding_dim,
            hidden_size=hidden_size,
            num_layers=num_layers,
            bidirectional=bidirectional,
            dropout=dropout if num_layers > 1 else 0.0,  # torch drops between layers only
        )
        backward_size = hidden_size if bidirectional else 0
        self.dropout = nn.Dropout(dropout)
        self.packed = packed
        self.pool = pool_of(pooling, hidden_size + backward_size, backward_size)
        self.output_dim = int(self.pool.output_dim)  # type: ignore[arg-type]  # of a module

    def forward(self, batch: PaddedBatch) -> Tensor:
        """Float (B, output_dim); a packed encoder needs a LengthBatch."""
        mask = batch.mask()  # (B, T)
        if self.packed and not torch._C._get_tracing_state():  # a traced graph has no packed sequences
            if not isinstance(batch, LengthBatch):
                raise TypeError(f"a packed encoder reads a LengthBatch, not a {type(batch).__name__}")
            states = self._packed_states(self.embedding(batch.ids.t()), batch.lengths)
        elif self._suits_own_kernel(mask):
            states = self._own_states(batch.ids.t(), mask.t())
        else:
            states = self._padded_states(self.embedding(batch.ids.t()), mask.t())
        dropped: Tensor = self.dropout(pooled(self.pool, states.transpose(0, 1), mask))
        return dropped

    def _suits_own_kernel(self, mask: Tensor) -> bool:
        """Whether `nlpkit.nn.lstm` is the faster one: it has more to do in Python, and less in all."""
        return (
            isinstance(self.rnn, nn.LSTM)
            and self.embedding.change is None  # whose gradients may be taken twice
            and not torch.compiler.is_compiling()  # before a size is looked at, which would pin it
            and not torch._C._get_tracing_state()
            and mask.shape[0] * self.rnn.hidden_size >= OWN_KERNEL_SIZE
            and mask.device.type == "cpu"
            and self.embedding.weight.dtype == torch.float32
            and not _autocast_on_cpu()
        )

    def _packed_states(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(vectors, lengths, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.rnn(packed)[0], total_length=vectors.shape[0])
        return states  # (T, B, H * D)

    def _padded_states(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Padding stands after every text, so a forward direction never sees it."""
        if not self.rnn.bidirectional:
            states: Tensor = self.rnn(vectors)[0]
            return states  # (T, B, H)
        order = reversed_by_length(mask)  # (T, B)
        for layer in range(self.rnn.num_layers):
            if layer:
                vectors = nn.functional.dropout(vectors, self.rnn.dropout, self.training)
            forward = self._direction(vectors, layer, reverse=False)
            backward = self._direction(take_tokens(vectors, order), layer, reverse=True)
            vectors = torch.cat([forward, take_tokens(backward, order)], dim=-1)
        return vectors  # (T, B, H * 2)

    def _direction(self, vectors: Tensor, layer: int, *, reverse: bool) -> Tensor:
        """One direction of one layer, first to last: (T, B, E or H * D) -> (T, B, H)."""
        weights = self._weights(layer, reverse)
        if vectors.is_cuda:
            weights = _in_one_piece(weights)
        start = vectors.new_zeros(1, vectors.shape[1], self.rnn.hidden_size)
        # biases, 1 layer, no dropout, training or not, 1 direction, tokens first
        if isinstance(self.rnn, nn.LSTM):
            return torch.lstm(vectors, (start, start), weights, True, 1, 0.0, self.training, False, False)[0]
        run = torch.gru if isinstance(self.rnn, nn.GRU) else torch.rnn_tanh
        return run(vectors, start, weights, True, 1, 0.0, self.training, False, False)[0]

    def _own_states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The states of all layers by `nlpkit.nn.lstm`: int64 (T, B), bool (T, B) -> (T, B, H * D)."""
        shape = (ids.shape[0], ids.shape[1])
        order = reversed_by_length(mask) if self.rnn.bidirectional else None  # (T, B)
        inputs, places = self.embedding.rows(ids)  # (K, E), (T, B)
        states = self._own_layer(0, inputs, places, shape, order)
        for layer in range(1, self.rnn.num_layers):
            states = nn.functional.dropout(states, self.rnn.dropout, self.training)
            states = self._own_layer(layer, states.flatten(0, 1), None, shape, order)
        return states

    def _own_layer(
        self, layer: int, inputs: Tensor, places: Tensor | None, shape: tuple[int, int], order: Tensor | None
    ) -> Tensor:
        forward = lstm(inputs, places, shape, self._weights(layer, reverse=False))
        if order is None:
            return forward  # (T, B, H)
        if places is None:
            inputs = take_tokens(inputs.view(*shape, -1), order).flatten(0, 1)
        else:
            places = places.gather(0, order)
        backward = lstm(inputs, places, shape, self._weights(layer, reverse=True))
        return torch.cat([forward, take_tokens(backward, order)], dim=-1)  # (T, B, H * 2)

    def _weights(self, layer: int, reverse: bool) -> Weights:
        input_weight, state_weight, input_bias, state_bias = self.rnn.all_weights[
            layer * (2 if self.rnn.bidirectional else 1) + reverse
        ]
        return input_weight, state_weight, input_bias, state_bias


def _in_one_piece(weights: Weights) -> Weights:
    """The same weights side by side in memory, as cuDNN reads them; it warns where it has to do so itself."""
    sizes = [each.numel() for each in weights]
    parts = torch.split(torch.cat([each.flatten() for each in weights]), sizes)
    first, second, third, fourth = (part.view_as(each) for part, each in zip(parts, weights, strict=True))
    return first, second, third, fourth


def _autocast_on_cpu() -> bool:
    if hasattr(torch, "get_autocast_dtype"):  # since 2.4, where the other one is deprecated
        return torch.is_autocast_enabled("cpu")
    return torch.is_autocast_cpu_enabled()


def reversed_by_length(mask: Tensor) -> Tensor:
    """For each text the places of its tokens from last to first, padding left where it is.

    `mask` bool (T, B) -> int64 (T, B). Applying it twice restores the order.
    """
    places = torch.arange(mask.shape[0], device=mask.device).unsqueeze(1)  # (T, 1)
    return torch.where(mask, mask.sum(dim=0) - 1 - places, places)


def take_tokens(vectors: Tensor, places: Tensor) -> Tensor:
    """The vectors at `places`, text by text: (T, B, H), int64 (T, B) -> (T, B, H)."""
    return vectors.gather(0, places.unsqueeze(-1).expand(-1, -1, vectors.shape[-1]))
