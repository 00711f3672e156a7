"""Optimizers and learning rates by name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import torch
from torch import nn

Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "linear", "cosine"]


def optimizer_of(
    name: Optimizer,
    parameters: Iterable[nn.Parameter],
    *,
    learning_rate: float,
    weight_decay: float,
    momentum: float,
) -> torch.optim.Optimizer:
    """Torch's own optimizer over the parameters that want gradients."""
    wanted = [parameter for parameter in parameters if parameter.requires_grad]
    if name == "sgd":
        return torch.optim.SGD(wanted, lr=learning_rate, momentum=momentum, weight_decay=weight_decay)
    adam = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
    return adam(wanted, lr=learning_rate, weight_decay=weight_decay)


def learning_rate_factor(schedule: Schedule, step: int, steps: int, warmup_fraction: float) -> float:
    """What the learning rate is multiplied by at `step` of `steps` (counted from 0).

    It climbs linearly over the first `warmup_fraction` of the steps, then stays ("constant") or falls
    to 0 in a line ("linear") or half a cosine ("cosine"; Loshchilov and Hutter, 2017, "SGDR", eq. 5).

    >>> [round(learning_rate_factor("linear", step, 10, 0.2), 3) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.125]
    """
    warmup = math.ceil(round(steps * warmup_fraction, 6))  # 70 * 0.1 is 7.000000000000001
    if step < warmup:
        return (step + 1) / warmup
    if schedule == "constant":
        return 1.0
    done = (step - warmup) / max(1, steps - warmup)
    return 1.0 - done if schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * done))
