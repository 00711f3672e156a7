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
