"""Texts in between two others.

Axes: B texts, C classes.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.training.passes import Pass, Passed


def mixup(go: Pass, batch: Batch, labels: Tensor, *, alpha: float) -> Passed:
    """The loss of `share` of each text and `1 - share` of another, against the labels of both; `share` is
    drawn from Beta(alpha, alpha) (Guo et al., 2019, "Augmenting Data with Mixup", its senMixup).

    Logits are linear in the vectors, so that to mix them is to mix the vectors of the encoder.
    """
    passed = go(batch, labels)
    order = torch.randperm(len(labels), device=labels.device)
    exactly = torch.tensor(alpha, dtype=torch.float64)  # float32 gives halves for an alpha near 0
    share = float(torch.distributions.Beta(exactly, exactly).sample())  # on the CPU
    logits = passed.logits.float()
    mixed = share * logits + (1 - share) * logits[order]  # (B, C)
    loss = share * go.loss(mixed, labels) + (1 - share) * go.loss(mixed, labels[order])
    return replace(passed, loss=loss)
