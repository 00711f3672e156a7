"""The loss of a batch, in shares that add up.

Axes: B texts, C classes.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class SummedLoss:
    """Cross-entropy summed over texts, each by the weight of its class: float (C,), or 1 for all.

    Divided by `weight_of` the labels of a whole batch, the sums over the parts of it add up to its mean loss.
    """

    def __init__(
        self, class_weights: NDArray[np.float64] | None, label_smoothing: float, device: torch.device
    ) -> None:
        self._weights = class_weights
        weight = None
        if class_weights is not None:
            weight = torch.tensor(class_weights, dtype=torch.float32, device=device)
        self._loss = nn.CrossEntropyLoss(weight=weight, label_smoothing=label_smoothing, reduction="sum")

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Logits (B, C), computed with in float32, and labels int64 (B,): one number."""
        found: Tensor = self._loss(logits.float(), labels)
        return found

    def weight_of(self, labels: NDArray[np.int64]) -> float:
        """The weights of labels int64 (B,), added up."""
        return float(len(labels) if self._weights is None else self._weights[labels].sum())
