"""Optimizers and learning rates by name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn
from torch.optim.adagrad import adagrad
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from nlpkit.errors import ConfigError
from nlpkit.settings.given import callable_with, called, given, given_by
from nlpkit.training.kinds import (
    FACTORS,
    FactorOf,
    NamedOptimizer,
    Optimizer,
    OptimizerName,
    RowRule,
    ScheduleName,
)
from nlpkit.training.settings import LoopSettings

# torch's own defaults, which its functions do not know
_SGD: Final[dict[str, Any]] = {"dampening": 0.0, "nesterov": False, "maximize": False}
_ADAGRAD: Final[dict[str, Any]] = {"lr_decay": 0.0, "eps": 1e-10, "maximize": False}
_ADAM: Final[dict[str, Any]] = {"beta2": 0.999, "eps": 1e-8, "amsgrad": False, "maximize": False}

_FUSED: Final = hasattr(torch, "_fused_adagrad_")  # on the CPU since torch 2.5: 36,000 x 64 in 2 ms, not 25


def moments_of(name: OptimizerName, momentum: float = 0.0, *, rows: bool = False) -> int:
    """How many numbers an optimizer keeps for each weight; for `rows` Adam keeps no first moment."""
    adam = 1 if rows else 2
    return {"adam": adam, "adamw": adam, "adagrad": 1, "sgd": int(momentum > 0)}[name]


def move(
    name: OptimizerName,
    weights: list[Tensor],
    gradients: list[Tensor],
    moments: list[list[Tensor]],
    steps: list[Tensor],
    *,
    learning_rate: float,
    weight_decay: float,
    momentum: float = 0.0,
) -> None:
    """Change weights and moments in place, and count a step of each weight, as torch's optimizers do.

    Adam with the second moment alone is Adam with beta1 = 0. These are the functions below `torch.optim.Adam`
    and its like: to make one of those classes imports torch's compiler, which takes longer than to train a
    small model for an epoch.
    """
    decay: dict[str, Any] = {"lr": learning_rate, "weight_decay": weight_decay}
    on_cpu = weights[0].device.type == "cpu"
    if name == "sgd":
        buffers: list[Tensor | None] = [*moments[0]] if moments else [None] * len(weights)
        sgd(weights, gradients, buffers, momentum=momentum, **decay, **_SGD)
    elif name == "adagrad":
        fused_too: dict[str, Any] = {"fused": True} if _FUSED and on_cpu else {}
        adagrad(weights, gradients, moments[0], steps, **fused_too, **decay, **_ADAGRAD)
    else:
        rule = adamw if name == "adamw" else adam
        *first, second = moments
        beta1 = 0.9 if first else 0.0
        means = first[0] if first else [torch.zeros_like(each) for each in weights]
        fused = _FUSED or None
        rule(weights, gradients, means, second, [], steps, beta1=beta1, fused=fused, **decay, **_ADAM)


@dataclass(frozen=True)
class NamedRule:
    """The row rule of an optimizer of the box."""

    name: OptimizerName
    weight_decay: float = 0.0

    @property
    def moments(self) -> int:
        return moments_of(self.name, rows=True)

    def move(
        self,
        weights: list[Tensor],
        gradients: list[Tensor],
        moments: list[list[Tensor]],
        steps: list[Tensor],
        learning_rate: float,
    ) -> None:
        decay = self.weight_decay
        move(self.name, weights, gradients, moments, steps, learning_rate=learning_rate, weight_decay=decay)


class Mover(Protocol):
    """What moves whole weights, and goes on from its state."""

    def step(self, learning_rate: float) -> None:
        """Move the weights against their gradients, and forget these."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


def mover_of(settings: LoopSettings, parameters: Sequence[nn.Parameter], learning_rate: float) -> Mover:
    """What moves some weights whole, at most at a learning rate."""
    named = _named(settings)
    if isinstance(named, Optimizer):
        return TorchOptimizer(named, parameters, learning_rate)
    name, weight_decay, momentum = named
    return DenseOptimizer(name, parameters, weight_decay=weight_decay, momentum=momentum)


def row_rule_of(settings: LoopSettings) -> RowRule | None:
    """What moves the rows of an embedding table; none where they move whether they are used or not."""
    named = _named(settings)
    if isinstance(named, Optimizer):
        return named.row_rule()
    name, weight_decay, momentum = named
    return None if name == "sgd" and momentum else NamedRule(name, weight_decay)


def _named(settings: LoopSettings) -> Optimizer | tuple[OptimizerName, float, float]:
    """A component, or the name, weight decay and momentum of one that ships."""
    optimizer = settings.optimizer
    if isinstance(optimizer, NamedOptimizer):
        return optimizer.named, optimizer.weight_decay, getattr(optimizer, "momentum", 0.0)
    if isinstance(optimizer, Optimizer):
        return optimizer
    return optimizer, settings.weight_decay, settings.momentum


class TorchOptimizer:
    """The optimizer of a component, a `torch.optim.Optimizer`."""

    def __init__(self, settings: Optimizer, parameters: Sequence[nn.Parameter], learning_rate: float) -> None:
        self.parameters = [each for each in parameters if each.requires_grad]
        self.optimizer = settings.build(self.parameters, learning_rate) if self.parameters else None
        if self.parameters:
            fits = all(hasattr(self.optimizer, each) for each in ("param_groups", "step", "state_dict"))
            found: Any = given(self.optimizer, fits, "a torch.optim.Optimizer", settings)
            callable_with(found.step, 0)
        groups = self.optimizer.param_groups if self.optimizer else []
        self.shares = [group["lr"] / learning_rate if learning_rate else 1.0 for group in groups]

    def step(self, learning_rate: float) -> None:
        """Move the weights, each group at its share of the learning rate, and forget their gradients."""
        if self.optimizer is None:
            return
        for group, share in zip(self.optimizer.param_groups, self.shares, strict=True):
            group["lr"] = learning_rate * share
        self.optimizer.step()
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        return self.optimizer.state_dict() if self.optimizer else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if self.optimizer:
            self.optimizer.load_state_dict(state)


class DenseOptimizer:
    """Moves whole weights; one without a gradient rests, and its steps are not counted."""

    def __init__(
        self, name: OptimizerName, parameters: Sequence[nn.Parameter], *, weight_decay: float, momentum: float
    ) -> None:
        self.name = name
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.parameters = [each for each in parameters if each.requires_grad]
        self.steps = [torch.zeros((), device=each.device) for each in self.parameters]
        self.moments = [
            [torch.zeros_like(each) for each in self.parameters] for _ in range(moments_of(name, momentum))
        ]

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Move the weights against their gradients, and forget these."""
        wanted = [place for place, each in enumerate(self.parameters) if each.grad is not None]
        if not wanted:
            return
        move(
            self.name,
            [self.parameters[place] for place in wanted],
            [grad for place in wanted if (grad := self.parameters[place].grad) is not None],
            [[moments[place] for place in wanted] for moments in self.moments],
            [self.steps[place] for place in wanted],
            learning_rate=learning_rate,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
        )
        for parameter in self.parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Tensor]:
        """Steps and moments of each weight, copied to the CPU."""
        columns = {"steps": self.steps, **{f"moment{i}": each for i, each in enumerate(self.moments)}}
        return {
            f"{name}.{place}": tensor.to("cpu", copy=True)
            for name, column in columns.items()
            for place, tensor in enumerate(column)
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from a `state_dict`."""
        columns = {"steps": self.steps, **{f"moment{i}": each for i, each in enumerate(self.moments)}}
        for name, column in columns.items():
            for place, tensor in enumerate(column):
                tensor.copy_(state[f"{name}.{place}"])


def learning_rate_factor(
    schedule: ScheduleName | FactorOf, step: int, steps: int, warmup_fraction: float
) -> float:
    """What the learning rate is multiplied by at `step` of `steps` (counted from 0).

    It climbs linearly over the first `warmup_fraction` of the steps, and then goes on as the schedule says:
    it stays ("constant") or falls to 0 in a line ("linear") or half a cosine ("cosine"; Loshchilov and
    Hutter, 2017, "SGDR", eq. 5). ConfigError where a function gives what is no factor.

    >>> [round(learning_rate_factor("linear", step, 10, 0.2), 3) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.125]
    """
    warmup = math.ceil(round(steps * warmup_fraction, 6))  # 70 * 0.1 is 7.000000000000001
    if step < warmup:
        return (step + 1) / warmup
    step, steps = step - warmup, steps - warmup
    if not callable(schedule):
        return FACTORS[schedule](step, steps)
    told = called(schedule, step, steps)
    factor = float(given_by(schedule, told, hasattr(told, "__float__"), "a number"))
    if not 0 <= factor < math.inf:
        raise ConfigError(
            f"the schedule gives the factor {factor:g} at step {step} of {steps}",
            location="trainer.schedule",
            hint="a factor is a finite number of 0 or more",
        )
    return factor
