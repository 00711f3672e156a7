"""What a trainer promises about validation rows: they choose an epoch, and teach nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlpkit.testing.encoder_bench import apart
from nlpkit.testing.promises import expect
from nlpkit.testing.trainer_bench import Trained, TrainerBench
from nlpkit.testing.values import differing

if TYPE_CHECKING:
    from torch import Tensor

    Weights = dict[str, Tensor]


def learns_from_train_alone(bench: TrainerBench) -> None:
    """Other validation texts, whose labels are wrong, leave the same weights after each epoch, but for one
    factor of all logits, which calibrates probabilities. A learning rate that follows the score may part them
    later on: the reports say so.
    """
    other = bench.rows(60, 3, wrong=True)
    _expect_same_weights(bench, bench.train(valid=other), "other validation rows")


def allows_unknown_labels(bench: TrainerBench) -> None:
    """A negative label is none of the classes: its text is never right, and nothing is learned from it."""
    rows = bench.rows(60, 2)
    labels = rows.labels.copy()
    labels[::3], labels[1::6] = -1, -2
    known = float((labels >= 0).mean())
    found = bench.train(
        valid=replace(rows, labels=labels), what="training with validation labels of -1, which are no class,"
    )
    for report in found.reports:
        accuracy = report.valid.get("accuracy", 0.0)
        expect(
            not accuracy > known + 1e-9,
            f"the report of epoch {report.epoch} has an accuracy of {accuracy:.1%} where {known:.1%} of the "
            f"validation texts have a label that is a class; those of a negative label are wrong",
        )
    _expect_same_weights(bench, found, "labels of -1 among the validation rows")


def _expect_same_weights(bench: TrainerBench, found: Trained, given: str) -> None:
    usual = bench.usual
    epochs = zip(usual.reports, found.reports, usual.kept, found.kept, strict=False)
    for one, other, before, after in epochs:
        if one.epoch > 1 and one.learning_rate != other.learning_rate:
            return
        name = differing(before.model, after.model)
        expect(
            not name or _differ_by_a_factor(bench, before.model, after.model),
            f"{name} is another one after epoch {one.epoch} with {given}; train on the training rows alone",
        )


def _differ_by_a_factor(bench: TrainerBench, one: Weights, other: Weights) -> bool:
    """Whether the logits of two models are the same but for one positive factor."""
    first, second = _logits(bench, one), _logits(bench, other)
    factor = float((first * second).sum() / first.square().sum())
    return factor > 0 and not apart(factor * first, second)


def _logits(bench: TrainerBench, weights: Weights) -> Tensor:
    import numpy as np
    import torch

    model, rows = bench.model().eval(), bench.rows(60, 4)
    model.load_state_dict(weights)
    batch, _ = rows.batch(np.arange(len(rows)), torch.device("cpu"))
    with torch.no_grad():
        logits: Tensor = model(batch)
    return logits
