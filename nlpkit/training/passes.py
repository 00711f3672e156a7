"""What happens between a batch and a gradient: passes, and steps around them.

Axes: B texts of a share, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.errors import GivenError
from nlpkit.nn.classifier import Classifier
from nlpkit.scoring.losses import TextsLoss
from nlpkit.settings.given import called, given_by


@dataclass(frozen=True, eq=False)
class Passed:
    """What a pass over a share of a batch gives: its loss, one number summed over texts, and logits (B, C) of
    the texts. `losses` are the encoder's own, means over the texts: a step hands them on, as
    `dataclasses.replace(passed, loss=...)` does.
    """

    loss: Tensor
    logits: Tensor
    losses: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Pass:
    """What is inside a step: call it with a batch and its labels, int64 (B,), as often as you like.

    `loss(logits, labels)` is the loss of the classes, summed over texts: one of average weight counts once.
    The trainer divides what a step gives by the number of texts of the whole batch.
    """

    model: Classifier
    loss: TextsLoss
    inside: Callable[[Batch, Tensor], Passed]

    def __call__(self, batch: Batch, labels: Tensor) -> Passed:
        return self.inside(batch, labels)


def weighed(loss: TextsLoss, weights: NDArray[np.float64]) -> TextsLoss:
    """The loss of texts times the weight of each, (B,): the sums over those of each weight, added up."""

    def summed(logits: Tensor, labels: Tensor) -> Tensor:
        total = logits.new_zeros((), dtype=torch.float32)
        for weight in np.unique(weights):
            these = torch.from_numpy(np.flatnonzero(weights == weight)).to(labels.device)
            total = total + float(weight) * loss(logits[these], labels[these])
        return total

    return summed


StepFunction = Callable[[Pass, Batch, Tensor], Passed]
"""What a step builds: `(go, batch, labels) -> Passed`. `go` is what is inside it; labels are int64 (B,)."""


def stepped(steps: Sequence[StepFunction], plain: Pass) -> Pass:
    """The plain pass with steps around it, the first one outermost."""
    for step in reversed(steps):
        plain = Pass(plain.model, plain.loss, partial(_passed, step, plain))
    return plain


def _passed(step: StepFunction, go: Pass, batch: Batch, labels: Tensor) -> Passed:
    passed: Passed = called(step, go, batch, labels)
    given_by(step, passed, isinstance(passed, Passed), "a Passed")
    one = isinstance(passed.loss, Tensor) and not passed.loss.ndim
    given_by(step, passed.loss, one, "as loss a tensor of one number")
    if not go.model.training:
        raise GivenError("the step leaves the model in eval mode: call model.train() after that", step)
    return passed
