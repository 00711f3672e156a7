"""What a step promises.

Axes: B texts, C classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nlpkit.batch import Batch
from nlpkit.components.collators import Offsetify, Padify
from nlpkit.components.kinds import Collator, Step
from nlpkit.testing.encoder_bench import apart, name_of, seeded
from nlpkit.testing.promises import Bench, Promise, Skipped, expect, trying
from nlpkit.testing.samples import ragged, sample_rows, sample_vocab
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.values import differing, tensors_of

if TYPE_CHECKING:
    from torch import Tensor

    from nlpkit.nn.classifier import Classifier
    from nlpkit.training.passes import Passed

CLASSES = 3
PENALTY = "penalty"
SURE = 20.0  # times the weights of the head: losses of texts that are right and wrong differ as much
SCALES = (1 / 64, 1 / 8, 1.0, 8.0, 64.0)  # of the loss, closer to each other than that
FIRST = 5  # texts in the first share


@dataclass
class Stepped:
    """A model after one step over some texts, and what the step gave."""

    model: Classifier
    passed: Passed
    passes: int

    def gradients(self) -> dict[str, Tensor]:
        """Of the loss that the step gave, by parameter."""
        import torch

        named = dict(self.model.named_parameters())
        with trying("the gradient of its loss"):
            found = torch.autograd.grad(self.passed.loss, list(named.values()), allow_unused=True)
        return {name: each for name, each in zip(named, found, strict=True) if each is not None}


@dataclass
class StepBench(Bench):
    """The mean of token vectors, with a penalty beside it, on thirteen texts of three classes."""

    component: Step
    collators: tuple[Collator, ...] = field(default=(Padify(), Offsetify()))

    def batch(self, collator: Collator, part: slice = slice(None)) -> tuple[Batch, Tensor]:
        import torch

        vocab = sample_vocab()
        rows = sample_rows(vocab)
        labels = torch.arange(len(rows)) % CLASSES
        return collator.build(vocab)(ragged(rows[part])), labels[part]

    def model(self, sure: float = 1.0) -> Classifier:
        from nlpkit.components.embedding import Embedding
        from nlpkit.nn.classifier import Classifier
        from nlpkit.testing.penalised import PenalisedMean

        with seeded(0):
            embedding = Embedding(size=6).build(sample_vocab())
            model = Classifier(PenalisedMean(embedding, PENALTY), CLASSES).train()
        model.head.weight.data.mul_(sure)
        return model

    def right_and_wrong(self, batch: Batch) -> Tensor:
        """Labels that a sure model gives the texts of the first share, and that it gives the others last."""
        import torch

        with torch.no_grad():
            logits = self.model(SURE)(batch)
        return torch.cat([logits[:FIRST].argmax(dim=1), logits[FIRST:].argmin(dim=1)])

    def step(
        self, batch: Batch, labels: Tensor, seed: int = 0, *, sure: float = 1.0, scale: float = 1.0
    ) -> Stepped:
        """One step of a new model, with its loss times `scale`."""
        from nlpkit.scoring.losses import summed_cross_entropy
        from nlpkit.training.passes import Pass, Passed

        model, summed, passes = self.model(sure), summed_cross_entropy(), []

        def loss(logits: Tensor, labels: Tensor) -> Tensor:
            return scale * summed(logits, labels)

        def plain(batch: Batch, labels: Tensor) -> Passed:
            logits, losses = model.with_losses(batch)
            passes.append(batch)
            return Passed(loss(logits, labels), logits, losses)

        with seeded(seed), trying("a step"):
            passed = self.component.build()(Pass(model, loss, plain), batch, labels)
        given = type(passed).__name__
        expect(isinstance(passed, Passed), f"a step gives a {given} where a Passed is expected")
        return Stepped(model, passed, len(passes))

    def all(self) -> Iterator[tuple[str, Batch, Tensor, Stepped]]:
        """A step for each layout."""
        for collator in self.collators:
            batch, labels = self.batch(collator)
            yield f"a batch collated by {name_of(collator)}", batch, labels, self.step(batch, labels)


def gives_a_loss_and_logits(bench: StepBench) -> None:
    """Of all texts."""
    for what, _, labels, stepped in bench.all():
        loss, logits = stepped.passed.loss, stepped.passed.logits
        expect(stepped.passes > 0, f"{what} is not passed to what is inside the step")
        one = loss.ndim == 0 and bool(loss.isfinite())
        expect(one, f"the loss of {what} is {loss.detach().tolist()} where one finite number is expected")
        wanted = (len(labels), CLASSES)
        shape = tuple(logits.shape)
        expect(shape == wanted, f"the logits of {what} have the shape {shape} where {wanted} is expected")


def trains_every_parameter(bench: StepBench) -> None:
    """The plain pass does."""
    for what, _, _, stepped in bench.all():
        found = stepped.gradients()
        for name, _ in stepped.model.named_parameters():
            good = name in found and bool(found[name].isfinite().all()) and bool(found[name].any())
            expect(good, f"the gradient of {name} is nothing, 0 or not finite for {what}")


def adds_up(bench: StepBench) -> None:
    """Workers each take a share of a batch, and their gradients are added up."""
    for collator in bench.collators:
        batch, labels = bench.batch(collator)
        whole, again = (bench.step(batch, labels, seed=seed).gradients() for seed in (0, 1))
        if differing(whole, again):
            raise Skipped("it draws numbers, which are others in each share")
        _shares_add_up(bench, collator, labels, sure=1.0, scale=1.0)
        labels = bench.right_and_wrong(batch)
        for scale in SCALES:  # a step may look at how large the loss of a share is
            _shares_add_up(bench, collator, labels, sure=SURE, scale=scale)


def _shares_add_up(
    bench: StepBench, collator: Collator, labels: Tensor, *, sure: float, scale: float
) -> None:
    whole, *parts = (
        bench.step(bench.batch(collator, part)[0], labels[part], sure=sure, scale=scale).gradients()
        for part in (slice(None), slice(FIRST), slice(FIRST, None))
    )
    for name, gradient in whole.items():
        far = apart(gradient, sum(part[name] for part in parts if name in part) + 0 * gradient)
        expect(
            not far,
            f"the gradients of {name} of two shares of a batch, added up, differ from that of the whole "
            f"by {far:.3g}, as where a step takes a mean over texts or looks at the loss of a share",
        )


def is_the_same_again(bench: StepBench) -> None:
    """After torch.manual_seed."""
    for what, batch, labels, stepped in bench.all():
        name = differing(stepped.gradients(), bench.step(batch, labels).gradients())
        expect(not name, f"the gradient of {name} has other bits when {what} is passed again from the seed")


def changes_no_batch(bench: StepBench) -> None:
    """Nor its labels."""
    for collator in bench.collators:
        batch, labels = bench.batch(collator)
        before = {name: tensor.clone() for name, tensor in _given(batch, labels).items()}
        bench.step(batch, labels)
        name = differing(before, _given(batch, labels))
        expect(not name, f"`{name}` of a {type(batch).__name__} has other numbers after a step")


def _given(batch: Batch, labels: Tensor) -> dict[str, Tensor]:
    return {**tensors_of(batch), "labels": labels}


def leaves_the_model(bench: StepBench) -> None:
    """Its weights, gradients, modes and hooks."""
    fresh = bench.model()
    before = _state_of(fresh)
    for what, _, _, stepped in bench.all():
        name = differing(dict(fresh.state_dict()), dict(stepped.model.state_dict()))
        expect(not name, f"{name} has other numbers after a step over {what}")
        for place, value in _state_of(stepped.model).items():
            expect(
                value == before[place], f"{place} is {value} after a step over {what}, not {before[place]}"
            )


def _state_of(model: Classifier) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, module in model.named_modules():
        place = name or "the model"
        found[f"`training` of {place}"] = module.training
        hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
        found[f"the number of hooks of {place}"] = sum(map(len, hooks))
    for name, each in model.named_parameters():
        found[f"`requires_grad` of {name}"] = each.requires_grad
        found[f"`grad` of {name}"] = each.grad if each.grad is None else "there"
    return found


def hands_on_losses(bench: StepBench) -> None:
    """Those that the encoder gives beside its vectors."""
    for what, _, _, stepped in bench.all():
        there = PENALTY in stepped.passed.losses
        expect(
            there,
            f"the losses of the encoder are lost for {what}: give dataclasses.replace(passed, loss=...) and "
            f"no Passed of your own",
        )


PROMISES: tuple[Promise[StepBench], ...] = (
    *SETTINGS,
    Promise("it gives one loss and the logits of every text", gives_a_loss_and_logits),
    Promise("every parameter gets a gradient", trains_every_parameter),
    Promise("the gradients of the shares of a batch add up", adds_up),
    Promise("the same seed gives the same bits", is_the_same_again),
    Promise("a batch is not changed", changes_no_batch),
    Promise("the model is left as it was", leaves_the_model),
    Promise("the losses of the encoder are handed on", hands_on_losses),
)
