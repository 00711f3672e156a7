"""Which text of a batch a number belongs to.

Axes: B texts, N tokens of all of them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nlpkit.batch import Batch, FlatBatch
from nlpkit.errors import ConfigError


def texts_of(numbers: Tensor, batch: Batch) -> tuple[Tensor, int]:
    """The text of each of some numbers that were made of a batch's ids, int64 (...) like them, and B.

    They are a flat batch's tokens in their order, or one axis of them counts the texts: of two that are B
    long the outer one in memory, so that `batch.ids.t()` is read as what it is. ConfigError where none does.
    """
    if isinstance(batch, FlatBatch):
        count = len(batch.offsets)
        if numbers.shape == batch.ids.shape:
            lengths = batch.offsets.diff(append=batch.offsets.new_full((1,), len(batch.ids)))
            texts = torch.arange(count, device=numbers.device)
            return texts.repeat_interleave(lengths, output_size=len(batch.ids)), count
    else:
        count = len(batch.ids)
    axes = [axis for axis, size in enumerate(numbers.shape) if size == count]
    if not axes:
        raise ConfigError(
            f"ids of shape {tuple(numbers.shape)} are read, and no axis of them counts the {count} texts",
            hint="look up the ids of a batch as they are or transposed, or leave the step out",
        )
    axis = max(axes, key=numbers.stride)
    texts = torch.arange(count, device=numbers.device).view(-1, *[1] * (numbers.ndim - 1 - axis))
    return texts.expand(numbers.shape), count
