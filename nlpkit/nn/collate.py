"""Rows of token ids to tensors. Each text is cut to `max_tokens` as `Ragged.truncate` says.

Axes: B texts, T tokens of the longest one, N tokens of all of them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from nlpkit.batch import FlatBatch, LengthBatch, PaddedBatch
from nlpkit.ragged import Keep, Ragged


def padify(rows: Ragged, *, max_tokens: int | None = None, keep: Keep = "head") -> PaddedBatch:
    """A batch of rows: `ids` int64 (B, T), padded on the right with 0. Rows are cut to `max_tokens`."""
    return PaddedBatch(_padded(rows.truncate(max_tokens, keep)))


def pad_length(rows: Ragged, *, max_tokens: int | None = None, keep: Keep = "head") -> LengthBatch:
    """A batch of rows: `ids` int64 (B, T), padded on the right with 0, and `lengths` int64 (B,), in tokens.
    A row of more than `max_tokens` is cut.
    """
    rows = rows.truncate(max_tokens, keep)
    return LengthBatch(_padded(rows), lengths=torch.from_numpy(rows.lengths))


def offsetify(rows: Ragged, *, max_tokens: int | None = None, keep: Keep = "head") -> FlatBatch:
    """A batch of rows: `ids` int64 (N,) end to end, and `offsets` int64 (B,), where each row starts. A row
    of more than `max_tokens` is cut.
    """
    rows = rows.truncate(max_tokens, keep)
    ids = torch.from_numpy(rows.values.astype(np.int64))
    return FlatBatch(ids, offsets=torch.from_numpy(rows.offsets[:-1].copy()))


def _padded(rows: Ragged) -> Tensor:
    lengths = rows.lengths
    ids = np.zeros((len(rows), int(lengths.max(initial=0))), np.int64)  # (B, T)
    ids[np.arange(ids.shape[1]) < lengths[:, None]] = rows.values
    return torch.from_numpy(ids)
