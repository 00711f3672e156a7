from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from nlpkit.components.kinds import Step
from nlpkit.components.steps import Fgm, Mixup, RDrop, WordDropout
from nlpkit.testing import BrokenPromise, Check, Outcome, check_step, outcomes, parametrize_with_checks
from nlpkit.training.passes import Pass, Passed


@parametrize_with_checks([Fgm(), RDrop(), Mixup(), WordDropout(), WordDropout(fraction=0.0)])
def test_what_ships_keeps_what_a_step_promises(component: Step, check: Check) -> None:
    check(component)


@dataclass(frozen=True)
class Bad(Step):
    """A step with something wrong.

    fault: what is wrong
    """

    fault: str = ""

    def build(self) -> Callable[[Pass, Any, torch.Tensor], Any]:
        return getattr(self, self.fault.replace(" ", "_"), plain)

    @staticmethod
    def a_mean(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        passed = go(batch, labels)
        return replace(passed, loss=passed.loss + passed.logits.square().mean())

    @staticmethod
    def flooded(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        passed = go(batch, labels)
        level = 1.7 * len(labels)
        return replace(passed, loss=(passed.loss - level).abs() + level)

    @staticmethod
    def lost(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        passed = go(batch, labels)
        return Passed(passed.loss, passed.logits)

    @staticmethod
    def alone(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        logits = go.model(batch)
        return Passed(go.loss(logits, labels), logits)

    @staticmethod
    def a_number(go: Pass, batch: Any, labels: torch.Tensor) -> Any:
        return go(batch, labels).loss

    @staticmethod
    def each(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        passed = go(batch, labels)
        return replace(passed, loss=passed.loss.expand(2))

    @staticmethod
    def first(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        passed = go(batch, labels)
        return replace(passed, logits=passed.logits[:1])

    @staticmethod
    def halfway(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        passed = go(batch, labels)
        logits = go.model.head(torch.zeros(len(labels), 6))
        return replace(passed, loss=go.loss(logits, labels))

    @staticmethod
    def eval_mode(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        go.model.eval()
        return go(batch, labels)

    @staticmethod
    def moved(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        with torch.no_grad():
            go.model.head.bias.add_(1)
        return go(batch, labels)

    @staticmethod
    def hooked(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        go.model.head.register_forward_pre_hook(lambda module, args: None)
        return go(batch, labels)

    @staticmethod
    def backward(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        go(batch, labels).loss.backward()
        return go(batch, labels)

    @staticmethod
    def written(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        batch.ids[:1] = 1
        return go(batch, labels)

    @staticmethod
    def relabelled(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        return go(batch, labels.zero_())

    @staticmethod
    def its_own_draws(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
        generator = torch.Generator()
        generator.seed()
        passed = go(batch, labels)
        return replace(passed, loss=passed.loss * (1 + torch.rand((), generator=generator)))


def plain(go: Pass, batch: Any, labels: torch.Tensor) -> Passed:
    return go(batch, labels)


def outcomes_of(component: Step) -> list[Outcome]:
    """Without that of importing no torch, which this file imports."""
    return [each for each in outcomes(component) if "torch" not in each.promise]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("flooded", "the gradients of encoder.embedding.weight of two shares of a batch, added up, differ"),
        ("a mean", "the gradients of encoder.embedding.weight of two shares of a batch, added up, differ"),
        ("lost", "the losses of the encoder are lost for a batch collated by Padify"),
        ("alone", "a batch collated by Padify is not passed to what is inside the step"),
        ("a number", "a step gives a Tensor where a Passed is expected"),
        ("each", r"the loss of a batch collated by Padify is \[.*\] where one finite number is expected"),
        ("first", r"have the shape \(1, 3\) where \(13, 3\) is expected"),
        ("halfway", "the gradient of encoder.embedding.weight is nothing, 0 or not finite"),
        ("eval mode", "`training` of the model is False after a step over .*, not True"),
        ("moved", "head.bias has other numbers after a step"),
        ("hooked", "the number of hooks of head is 1 after a step"),
        ("backward", "`grad` of encoder.embedding.weight is there after a step over .*, not None"),
        ("written", "`ids` of a PaddedBatch has other numbers after a step"),
        ("relabelled", "`labels` of a PaddedBatch has other numbers after a step"),
        ("its own draws", "has other bits when a batch collated by Padify is passed again from the seed"),
    ],
)
def test_a_broken_promise_is_told(fault: str, said: str) -> None:
    broken = [each.reason for each in outcomes_of(Bad(fault)) if each.state == "broken"]
    assert [each for each in broken if re.search(said, each)]


def test_a_step_that_does_nothing_keeps_all_of_them() -> None:
    assert {outcome.state for outcome in outcomes_of(Bad())} == {"kept"}


def test_the_first_broken_promise_is_raised() -> None:
    with pytest.raises(BrokenPromise, match=r"Bad.*importing its settings does not import torch"):
        check_step(Bad())


def test_shares_of_a_step_that_draws_cannot_be_held_against_the_whole() -> None:
    [skipped] = [outcome for outcome in outcomes(Mixup()) if outcome.state != "kept"]
    assert (skipped.state, skipped.promise) == ("skipped", "the gradients of the shares of a batch add up")
