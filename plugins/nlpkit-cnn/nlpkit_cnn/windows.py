"""Convolution over a padded sequence, and its maximum over time.

Axes: B sequences, T items of the longest one, E numbers of an item, W windows, M feature maps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Activation = Literal["relu", "tanh"]
ACTIVATIONS: Final[dict[Activation, Callable[[Tensor], Tensor]]] = {"relu": torch.relu, "tanh": torch.tanh}


class WindowMax(nn.Module):
    """The largest value of each feature map over the windows of a sequence: float (B, M * widths).

    A sequence of n items has the n - width + 1 windows that lie within it (Kim, 2014, section 2). One that is
    shorter than the width has a single window, which begins at its first item and ends in zeros. Padding and
    neighbours decide nothing: what stands after a sequence is read as zeros, and no window there can win.
    """

    def __init__(self, size: int, widths: Sequence[int], maps: int, activation: Activation) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv1d(size, maps, width) for width in widths)
        self.widths = tuple(widths)
        self.activation = ACTIVATIONS[activation]
        self.output_dim = maps * len(self.widths)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """`vectors` (B, T, E), `mask` bool (B, T), true where there is an item."""
        lengths = mask.sum(dim=1)  # (B,)
        vectors = vectors.masked_fill(~mask.unsqueeze(-1), 0.0).transpose(1, 2)  # (B, E, T)
        missing = max(0, max(self.widths) - vectors.shape[-1])
        vectors = F.pad(vectors, (0, missing))
        largest = [
            largest_within(convolution(vectors), lengths - width)
            for width, convolution in zip(self.widths, self.convolutions, strict=True)
        ]
        # neither activation ever falls: it may wait for the maximum, and is taken of W times fewer numbers
        return self.activation(torch.cat(largest, dim=1))


def largest_within(values: Tensor, last: Tensor) -> Tensor:
    """The maximum over the windows 0 to `last`, or over window 0: (B, M, W), int64 (B,) -> (B, M)."""
    windows = torch.arange(values.shape[-1], device=values.device)  # (W,)
    outside = windows > last.clamp(min=0).unsqueeze(1)  # (B, W)
    handicap = values.new_zeros(outside.shape).masked_fill(outside, -torch.inf)
    # with its gradient this takes half the time of masked_fill and amax
    return (values + handicap.unsqueeze(1)).max(dim=-1).values
