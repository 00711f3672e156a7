"""Memory: what forked processes share, and what a process keeps."""

from __future__ import annotations

from math import prod
from mmap import mmap
from typing import Final

import torch
from torch import Tensor

LARGEST_KEPT: Final = 30 << 20  # bytes; glibc learns nothing from more than 32 MiB


def shared(dtype: torch.dtype, *shape: int) -> Tensor:
    """Zeros that forked processes share; a page of it is taken when it is first written."""
    flat = torch.frombuffer(mmap(-1, max(1, prod(shape)) * dtype.itemsize), dtype=dtype)
    return flat[: prod(shape)].view(shape)


def to_shared(tensor: Tensor) -> Tensor:
    """A copy that forked processes share."""
    return shared(tensor.dtype, *tensor.shape).copy_(tensor)


def keep_freed() -> None:
    """Let this process use the memory that it frees again, instead of giving it back to the system.

    A training step frees megabytes, and the next one asks for as many. Memory that is mapped anew is zeroed
    page by page, which took a quarter of a step. glibc keeps whatever is smaller than the largest mapping it
    has seen freed (M_MMAP_THRESHOLD in mallopt(3)), so one is freed here; no page of it is ever used.
    """
    torch.empty(LARGEST_KEPT, dtype=torch.uint8)
