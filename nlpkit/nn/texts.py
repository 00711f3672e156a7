"""Which text of a batch each of its ids belongs to.

Axes: B texts, T tokens of the longest one, N tokens of all of them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nlpkit.batch import Batch, FlatBatch


def texts_of(batch: Batch) -> tuple[Tensor, int]:
    """The text of each id of a batch, int64 (B, T) or (N,) like the ids, and B."""
    if isinstance(batch, FlatBatch):
        count = len(batch.offsets)
        lengths = batch.offsets.diff(append=batch.offsets.new_full((1,), len(batch.ids)))
        texts = torch.arange(count, device=batch.ids.device)
        return texts.repeat_interleave(lengths, output_size=len(batch.ids)), count
    count = len(batch.ids)
    return torch.arange(count, device=batch.ids.device).unsqueeze(1).expand(batch.ids.shape), count
