"""What a trainer promises about validation rows: they choose an epoch, and teach nothing."""

from __future__ import annotations

from dataclasses import replace

from nlpkit.testing.promises import expect
from nlpkit.testing.trainer_bench import Trained, TrainerBench
from nlpkit.testing.values import differing


def learns_from_train_alone(bench: TrainerBench) -> None:
    """Other validation texts, whose labels are wrong, leave the same weights after each epoch. A learning
    rate that follows the score may part them later on: the reports say so.
    """
    other = bench.rows(60, 3, wrong=True)
    _expect_same_weights(bench.usual, bench.train(valid=other), "other validation rows")


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
    _expect_same_weights(bench.usual, found, "labels of -1 among the validation rows")


def _expect_same_weights(usual: Trained, found: Trained, given: str) -> None:
    for one, other, before, after in zip(usual.reports, found.reports, usual.kept, found.kept, strict=False):
        if one.epoch > 1 and one.learning_rate != other.learning_rate:
            return
        name = differing(before.model, after.model)
        expect(
            not name,
            f"{name} is another one after epoch {one.epoch} with {given}; train on the training rows alone",
        )
