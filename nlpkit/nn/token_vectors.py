"""The seam for vectors: what an encoder reads for the tokens of a batch, seen, changed or handed in.

Axes: B texts, T tokens of the longest one, N tokens of all of them, E embedding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nlpkit.batch import Batch
from nlpkit.errors import ConfigError
from nlpkit.nn.embedding import CHANGES, TokenEmbedding


@contextmanager
def vectors_through(model: nn.Module, batch: Batch, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Inside, whatever this thread reads for `batch` from a `TokenEmbedding` of `model` goes through `change`
    first, one read at a time: a vector for each token, laid out like `batch.ids`, so that they are (B, T, E)
    or (N, E) however the encoder reads them. Padding stays zero, and nothing happens where an
    encoder looks its vectors up elsewhere. ConfigError where other ids than the batch's are read.
    """

    def laid_out(vectors: Tensor, ids: Tensor) -> Tensor:
        if _is_transposed(ids, batch):
            return change(vectors.transpose(0, 1)).transpose(0, 1)
        return change(vectors)

    tables = [module for module in model.modules() if isinstance(module, TokenEmbedding)]
    before = CHANGES.set({**CHANGES.get(), **dict.fromkeys(tables, laid_out)})
    try:
        yield
    finally:
        CHANGES.reset(before)


def vectors_read(model: nn.Module, batch: Batch) -> list[Tensor]:
    """The token vectors that `model` reads for `batch`, one tensor a read, laid out like `batch.ids`; none
    where it looks them up elsewhere.
    """
    read: list[Tensor] = []

    def noted(vectors: Tensor) -> Tensor:
        read.append(vectors)
        return vectors

    with vectors_through(model, batch, noted), torch.no_grad():
        model(batch)
    return read


def _is_transposed(ids: Tensor, batch: Batch) -> bool:
    """Whether ids are the batch's with tokens before texts; of as many of both, by their order in memory."""
    own = batch.ids
    if ids.shape == own.shape and (
        own.ndim == 1 or ids.shape != own.t().shape or ids.stride(0) >= ids.stride(1)
    ):
        return False
    if ids.ndim == own.ndim == 2 and ids.shape == own.t().shape:
        return True
    raise ConfigError(
        f"ids of shape {tuple(ids.shape)} are read where the batch has {tuple(own.shape)}, so that the texts "
        f"of their vectors are not known",
        hint="look up the ids of a batch as they are or transposed",
    )
