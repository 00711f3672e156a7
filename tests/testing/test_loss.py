from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from nlpkit.components.kinds import Loss
from nlpkit.components.losses import CrossEntropy, Focal
from nlpkit.testing import BrokenPromise, Check, Outcome, check_loss, outcomes, parametrize_with_checks


@parametrize_with_checks([CrossEntropy(), CrossEntropy(label_smoothing=0.1), Focal(), Focal(gamma=0.5)])
def test_what_ships_keeps_what_a_loss_promises(component: Loss, check: Check) -> None:
    check(component)


@dataclass(frozen=True)
class Bad(Loss):
    """A loss with something wrong.

    fault: what is wrong
    """

    fault: str = ""

    def build(self, class_weights: Any) -> Callable[[Any, Any], Any]:
        def summed(logits: torch.Tensor, labels: torch.Tensor) -> Any:
            weight = None if self.fault == "weightless" else class_weights
            loss = F.cross_entropy(logits, labels, weight=weight, reduction="sum")
            if self.fault == "flat":
                return loss * 0
            if self.fault == "float":
                return loss.item()
            if self.fault == "root":  # whose slope is infinite at 0
                shares = logits.softmax(1).gather(1, labels.unsqueeze(1))
                return (1 - shares).sqrt().sum()
            if self.fault == "logarithm":
                return -logits.softmax(1).gather(1, labels.unsqueeze(1)).log().sum()
            return {
                "mean": loss / len(labels),
                "each": loss.expand(len(labels)),
                "detached": loss.detach(),
            }.get(self.fault, loss)

        return summed


def outcomes_of(component: Loss) -> list[Outcome]:
    """Without that of importing no torch, which this file imports."""
    return [each for each in outcomes(component) if "torch" not in each.promise]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            "mean",
            "the losses of the shares of a batch add up, but for logits of size 0 the loss of 5 texts and",
        ),
        ("each", r"is a tensor of shape \(12,\) where one number is expected"),
        ("float", r"is \d+\.\d+ where one number is expected"),
        ("detached", "it has no gradient for logits of size 0, as if it were detached"),
        ("flat", "its gradient is 0 for logits of size 1"),
        ("root", "its gradient is not finite for logits of size 100"),
        ("logarithm", "it is inf for logits of size 100"),
        ("weightless", "that are doubled the loss differs from its double"),
    ],
)
def test_a_broken_promise_is_told(fault: str, said: str) -> None:
    broken = [each.reason for each in outcomes_of(Bad(fault)) if each.state == "broken"]
    assert [each for each in broken if re.search(said, each)]


def test_a_good_loss_keeps_them() -> None:
    assert {each.state for each in outcomes_of(Bad())} == {"kept"}


def test_the_first_broken_promise_is_raised() -> None:
    with pytest.raises(BrokenPromise, match=r"Bad.*importing its settings does not import torch"):
        check_loss(Bad())


@dataclass(frozen=True)
class Wrong(Loss):
    """Cross-entropy, with one thing wrong in each class below."""

    def build(self, class_weights: Any) -> Callable[[Any, Any], Any]:
        def summed(logits: torch.Tensor, labels: torch.Tensor) -> Any:
            return (self.each(logits, labels) * (1 if class_weights is None else class_weights[labels])).sum()

        return summed

    def each(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits, labels, reduction="none")


class ShiftsInPlace(Wrong):
    def each(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        logits.data.sub_(logits.data.amax(dim=1, keepdim=True))
        return super().each(logits, labels)


class TargetsOnTheCpu(Wrong):
    """A table of the CPU is read at places that are on a GPU."""

    def each(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return -(logits.log_softmax(dim=1) * torch.eye(logits.shape[1])[labels]).sum(dim=1)


class TargetsBesideLogits(Wrong):
    def each(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        table = torch.eye(logits.shape[1], device=logits.device)
        return -(logits.log_softmax(dim=1) * table[labels]).sum(dim=1)


NOT_CHANGED = "logits, labels and class weights are not changed"
ON_THE_DEVICE = "its tensors are on the device of the logits"


@pytest.mark.parametrize(
    ("loss", "promise", "said"),
    [
        (ShiftsInPlace(), NOT_CHANGED, "`logits` has other numbers after the loss of logits of size 1; work"),
        (
            TargetsOnTheCpu(),
            ON_THE_DEVICE,
            r"a tensor of shape \(3, 3\) is made on the CPU, where index finds",
        ),
    ],
)
def test_what_a_loss_does_to_tensors_is_told(loss: Loss, promise: str, said: str) -> None:
    [found] = [each for each in outcomes_of(loss) if each.promise == promise]
    assert found.state == "broken"
    assert re.search(said, found.reason)


@pytest.mark.parametrize("promise", [NOT_CHANGED, ON_THE_DEVICE])
def test_tensors_beside_the_logits_are_accepted(promise: str) -> None:
    [found] = [each for each in outcomes_of(TargetsBesideLogits()) if each.promise == promise]
    assert found.state == "kept"
