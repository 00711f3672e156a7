"""What a loss promises.

Axes: B texts, C classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Loss
from nlpkit.testing.encoder_bench import apart, seeded
from nlpkit.testing.promises import Bench, Promise, expect, trying
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.surroundings import leaves_the_process_alone
from nlpkit.testing.values import differing

if TYPE_CHECKING:
    from torch import Tensor

TEXTS, CLASSES = 12, 3


@dataclass
class LossBench(Bench):
    """Twelve texts of three classes, with logits of several sizes, and classes with weights or without."""

    component: Loss

    def uses(self) -> Iterator[str]:
        for what, weights, logits, labels in self.cases():
            self.component.build(weights)(logits.requires_grad_(), labels).backward()  # type: ignore[no-untyped-call]
            yield f"the loss of {what}"

    def prepare(self) -> None:
        import torch  # noqa: F401

    def cases(self) -> Iterator[tuple[str, Tensor | None, Tensor, Tensor]]:
        """What it is, class weights (C,) or none, logits (B, C) and labels (B,)."""
        import torch

        with seeded(0):
            drawn = torch.randn(TEXTS, CLASSES)
        labels = torch.arange(TEXTS) % CLASSES
        weights = torch.tensor([0.5, 1.0, 4.0])
        for scale in (0.0, 1.0, 100.0):
            for how, given in (("", None), (" and class weights", weights)):
                yield f"logits of size {scale:g}{how}", given, scale * drawn, labels

    def loss(self, weights: Tensor | None, logits: Tensor, labels: Tensor) -> Tensor:
        import torch

        with trying("the loss of a batch"):
            found = self.component.build(weights)(logits, labels)
        kind = f"a tensor of shape {tuple(found.shape)}" if isinstance(found, torch.Tensor) else repr(found)
        expect(kind == "a tensor of shape ()", f"the loss of a batch is {kind} where one number is expected")
        return found


def is_finite(bench: LossBench) -> None:
    """For sure and unsure logits."""
    for what, weights, logits, labels in bench.cases():
        found = bench.loss(weights, logits, labels)
        expect(bool(found.isfinite()), f"it is {float(found)} for {what}")


def has_a_gradient(bench: LossBench) -> None:
    """Of finite numbers, and of some that are not 0 where logits are neither sure nor right."""
    for what, weights, logits, labels in bench.cases():
        logits = logits.clone().requires_grad_()
        found = bench.loss(weights, logits, labels)
        expect(found.requires_grad, f"it has no gradient for {what}, as if it were detached")
        found.backward()  # type: ignore[no-untyped-call]
        slope = logits.grad
        expect(slope is not None and bool(slope.isfinite().all()), f"its gradient is not finite for {what}")
        moves = slope is not None and bool(slope.any())
        expect(moves or "size 1" not in what, f"its gradient is 0 for {what}")


def adds_up(bench: LossBench) -> None:
    """A batch in parts: it is a sum over texts, and no mean."""
    for what, weights, logits, labels in bench.cases():
        whole = bench.loss(weights, logits, labels)
        parts = [bench.loss(weights, logits[part], labels[part]) for part in (slice(5), slice(5, None))]
        far = apart(whole, parts[0] + parts[1])
        expect(
            not far,
            f"for {what} the loss of 5 texts and that of the other 7 differ from that of all 12 by "
            f"{far:.3g}, as where it is a mean",
        )


def goes_by_weights(bench: LossBench) -> None:
    """All twice as heavy."""
    for what, weights, logits, labels in bench.cases():
        if weights is not None:
            once, twice = (bench.loss(factor * weights, logits, labels) for factor in (1, 2))
            far = apart(2 * once, twice)
            expect(not far, f"for {what} that are doubled the loss differs from its double by {far:.3g}")


def changes_nothing(bench: LossBench) -> None:
    """Accuracy is counted from the same logits and labels afterwards."""
    for what, weights, logits, labels in bench.cases():
        given = {"logits": logits, "labels": labels} | ({} if weights is None else {"class_weights": weights})
        before = {name: each.clone() for name, each in given.items()}
        bench.loss(weights, logits, labels)
        name = differing(before, given)
        expect(not name, f"`{name}` has other numbers after the loss of {what}; work on a copy")


def follows_the_logits(bench: LossBench) -> None:
    """On a device that the kit pretends to have."""
    from nlpkit.testing.other_device import DEVICE, pretended

    def named(tensor: Tensor) -> str:
        return f"a tensor of shape {tuple(tensor.shape)} stays on the CPU; move it with .to(logits.device)"

    for _, weights, logits, labels in bench.cases():
        with pretended(named):
            there = None if weights is None else weights.to(DEVICE)
            bench.component.build(there)(logits.to(DEVICE), labels.to(DEVICE))


PROMISES: tuple[Promise[LossBench], ...] = (
    *SETTINGS,
    Promise("it changes nothing of the process", leaves_the_process_alone),
    Promise("the loss of a batch is one finite number", is_finite),
    Promise("logits get a finite gradient", has_a_gradient),
    Promise("the losses of the shares of a batch add up", adds_up),
    Promise("twice the class weights give twice the loss", goes_by_weights),
    Promise("logits, labels and class weights are not changed", changes_nothing),
    Promise("its tensors are on the device of the logits", follows_the_logits),
)
