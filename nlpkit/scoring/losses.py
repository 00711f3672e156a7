"""Losses of logits, summed over texts, so that shares of a batch add up.

Axes: B texts of a batch, C classes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

TextsLoss = Callable[["Tensor", "Tensor"], "Tensor"]  # logits float32 (B, C), labels int64 (B,) -> one number
LossOf = Callable[["Tensor | None"], TextsLoss]  # of class weights float32 (C,), or none


def summed_cross_entropy(class_weights: Tensor | None = None, *, label_smoothing: float = 0.0) -> TextsLoss:
    """Cross-entropy with smoothed labels (Szegedy et al., 2016), each text by the weight of its class."""
    from torch.nn.functional import cross_entropy

    return partial(cross_entropy, weight=class_weights, label_smoothing=label_smoothing, reduction="sum")


def summed_focal(class_weights: Tensor | None = None, *, gamma: float = 2.0) -> TextsLoss:
    """-w (1 - p) ^ gamma ln p for the probability p of the label (Lin et al., 2017, eq. 5)."""
    return partial(_focal, class_weights, gamma)


def _focal(class_weights: Tensor | None, gamma: float, logits: Tensor, labels: Tensor) -> Tensor:
    logs = log_probabilities(logits).gather(1, labels.unsqueeze(1)).squeeze(1)  # (B,): ln p
    missing = -logs.expm1()  # 1 - p, with all its digits
    losses = -(missing.clamp(min=1e-30) ** gamma) * logs  # at 0 the slope of a root is infinite
    return (losses if class_weights is None else losses * class_weights[labels]).sum()


def log_probabilities(logits: Tensor) -> Tensor:
    """The logarithm of each probability: float (B, C)."""
    return logits.log_softmax(dim=1)
