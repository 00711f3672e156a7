"""Tensors in memory that forked processes share."""

from __future__ import annotations

from math import prod
from mmap import mmap

import torch
from torch import Tensor


def shared(dtype: torch.dtype, *shape: int) -> Tensor:
    """Zeros that forked processes share; a page of it is taken when it is first written."""
    flat = torch.frombuffer(mmap(-1, max(1, prod(shape)) * dtype.itemsize), dtype=dtype)
    return flat[: prod(shape)].view(shape)


def to_shared(tensor: Tensor) -> Tensor:
    """A copy that forked processes share."""
    return shared(tensor.dtype, *tensor.shape).copy_(tensor)
