"""Optimizers and schedules of the learning rate as components; free of torch."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, Protocol, cast, get_args

from nlpkit.settings.component import Component
from nlpkit.settings.values import number, refuse

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

OptimizerName = Literal["adam", "adamw", "adagrad", "sgd"]
ScheduleName = Literal["constant", "linear", "cosine"]
FactorOf = Callable[[int, int], float]  # of a step, counted from 0, and all steps


class RowRule(Protocol):
    """How rows of an embedding table are moved without looking at the others, and how many numbers it keeps
    for each weight.
    """

    @property
    def moments(self) -> int:
        """How many numbers it keeps for each weight."""

    def move(
        self,
        weights: list[Tensor],
        gradients: list[Tensor],
        moments: list[list[Tensor]],
        steps: list[Tensor],
        learning_rate: float,
    ) -> None:
        """Change weights and moments in place, and count a step of each weight in `steps`."""


class Optimizer(Component):
    """How weights follow their gradients. `build(parameters, learning_rate)` gives a `torch.optim.Optimizer`
    whose `step()` needs no closure. The schedule multiplies the learning rate of each of its groups.

    It moves whole embedding tables at every step, unless `row_rule()` gives a rule for the rows of a batch.
    """

    kind = "optimizer"
    plain = get_args(OptimizerName)

    @abstractmethod
    def build(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer: ...

    def row_rule(self) -> RowRule | None:
        """None: the table is moved as the other weights are."""
        return None


class Schedule(Component):
    """How the learning rate goes on after the warm-up. `build()` gives a function: `(step, steps) -> factor`,
    of a step counted from 0 and the number of all after the warm-up, to what the learning rate is multiplied
    by. The factor depends on these alone, so that a training goes on from any step.
    """

    kind = "schedule"
    plain = get_args(ScheduleName)

    @abstractmethod
    def build(self) -> FactorOf: ...


@dataclass(frozen=True)
class NamedOptimizer(Optimizer):
    """What adam, adamw, adagrad and sgd share.

    weight_decay: pull of the weights towards zero
    """

    named: ClassVar[OptimizerName]

    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        refuse(number(0, 1000, weight_decay=self.weight_decay))

    def build(self, parameters: Sequence[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
        import torch

        classes = {"adam": "Adam", "adamw": "AdamW", "adagrad": "Adagrad", "sgd": "SGD"}
        of_torch = getattr(torch.optim, classes[self.named])
        return cast("torch.optim.Optimizer", of_torch(parameters, lr=learning_rate, **vars(self)))


@dataclass(frozen=True)
class Adam(NamedOptimizer):
    """Steps by the first two moments of the gradients (Kingma and Ba, 2015)."""

    named = "adam"


@dataclass(frozen=True)
class Adamw(NamedOptimizer):
    """Adam with a weight decay of its own (Loshchilov and Hutter, 2019)."""

    named = "adamw"


@dataclass(frozen=True)
class Adagrad(NamedOptimizer):
    """Shorter steps for weights that moved far (Duchi et al., 2011)."""

    named = "adagrad"


@dataclass(frozen=True)
class Sgd(NamedOptimizer):
    """Stochastic gradient descent.

    momentum: share of the last step kept in the next one
    """

    named = "sgd"

    momentum: float = 0.0

    def __post_init__(self) -> None:
        refuse(number(0, 1, momentum=self.momentum))


FACTORS: Final[dict[ScheduleName, FactorOf]] = {
    "constant": lambda step, steps: 1.0,
    "linear": lambda step, steps: 1.0 - step / max(1, steps),
    "cosine": lambda step, steps: 0.5 * (1.0 + math.cos(math.pi * (step / max(1, steps)))),
}


class _NamedSchedule(Schedule):
    named: ClassVar[ScheduleName]

    def build(self) -> FactorOf:
        return FACTORS[self.named]


@dataclass(frozen=True)
class Constant(_NamedSchedule):
    """The learning rate stays as it is."""

    named = "constant"


@dataclass(frozen=True)
class Linear(_NamedSchedule):
    """The learning rate falls to 0 in a line."""

    named = "linear"


@dataclass(frozen=True)
class Cosine(_NamedSchedule):
    """The learning rate falls to 0 in half a cosine (Loshchilov and Hutter, 2017)."""

    named = "cosine"
