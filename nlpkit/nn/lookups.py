"""What a pass has read from a table, and the gradients of the rows that it has read.

Axes: N ids of a look-up, U distinct ids, E size of a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nlpkit.nn.kernels import ascending, true_places


class Lookup(NamedTuple):
    """What one look-up read: `vectors` float (..., E) takes the gradient, and the id `ids[i]` of int64 (N,)
    was added to the vector `places[i]`, int64 (N,).
    """

    ids: Tensor
    places: Tensor
    vectors: Tensor


class RowGradients(NamedTuple):
    """Distinct ids, int64 (U,), rising, and the gradient of each one's row, float (U, E)."""

    ids: Tensor
    gradients: Tensor


def merged(parts: Sequence[RowGradients]) -> RowGradients:
    """The distinct ids of all parts, and the sums of their gradients in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    return summed([Lookup(ids, torch.arange(len(ids), device=ids.device), rows) for ids, rows in parts])


def summed(parts: Sequence[Lookup]) -> RowGradients:
    """The distinct ids of all parts, and for each the sum of its `vectors`, in the order of their places."""
    vectors = parts[0].vectors if len(parts) == 1 else torch.cat([each.vectors for each in parts])  # (S, E)
    bits = len(vectors).bit_length()
    firsts = accumulate((len(each.vectors) for each in parts), initial=0)
    keys = [
        torch.add(each.places + first if first else each.places, each.ids, alpha=1 << bits)
        for each, first in zip(parts, firsts, strict=False)
    ]
    pairs = ascending(torch.cat(keys))  # (N,): by id, then by place
    ids = pairs >> bits
    fresh = torch.ones_like(ids, dtype=torch.bool)
    torch.ne(ids[1:], ids[:-1], out=fresh[1:])
    starts = true_places(fresh)  # (U,)
    places = pairs & ((1 << bits) - 1)
    gradients = F.embedding_bag(places, vectors, starts, mode="sum")
    return RowGradients(ids.index_select(0, starts), gradients)
