from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from nlpkit.components.kinds import Trainer
from nlpkit.components.trainers import Standard
from nlpkit.notes import Note
from nlpkit.testing import Outcome, checks_of

ALONE = "it learns from the training rows alone"
UNKNOWN = "validation labels that are no class are wrong, and no error"
MEMORY = "memory does not grow with the number of epochs"
BEST = "it leaves the weights that its last state calls best, in eval mode"


@dataclass(frozen=True)
class Changed(Standard):
    epochs: int = 4
    learning_rate: float = 0.02
    device: str = "cpu"


class Wrapped:
    """The training of the standard trainer, with what each class below changes."""

    def __init__(self, train: Any, model: Any, rows: Any, valid: Any, before: Any = None) -> None:
        self.model, self.rows, self.valid, self.kept = model, rows, valid, []
        self.training = self.started(train, before)

    def started(self, train: Any, before: Any) -> Any:
        return train(self.model, self.rows, self.valid, before)

    def __iter__(self) -> Iterator[Any]:
        for report in self.training:
            self.keep()
            yield self.told(report)

    def keep(self) -> None:
        """What is done after each epoch."""

    def told(self, report: Any) -> Any:
        return report

    def loss(self, rows: Any) -> Any:
        import numpy as np
        import torch

        batch, labels = rows.batch(np.arange(len(rows)), torch.device("cpu"))
        return torch.nn.functional.cross_entropy(self.model(batch), labels.clamp(min=0))

    def state(self) -> Any:
        return self.training.state()


def outcome(wrapped: type[Wrapped], promise: str) -> Outcome:
    """What becomes of a promise of a trainer whose trainings are these."""

    class Broken(Changed):
        def build(self, *given: Any) -> Any:
            return partial(wrapped, super().build(*given))

    Broken.__name__ = Broken.__qualname__ = wrapped.__name__
    component: Trainer = dataclass(frozen=True)(Broken)()
    [check] = [check for check in checks_of(component) if check.promise == promise]
    return Outcome.of(check, component)


class TrainsOnAll(Wrapped):
    def started(self, train: Any, before: Any) -> Any:
        import numpy as np

        ids = type(self.rows.ids).from_rows(
            [rows.ids[i].tolist() for rows in (self.rows, self.valid) for i in range(len(rows))]
        )
        labels = np.concatenate([self.rows.labels, self.valid.labels.clip(0)])
        return train(self.model, replace(self.rows, ids=ids, labels=labels), self.valid, before)


class StepsOnValidation(Wrapped):
    def keep(self) -> None:
        import torch

        self.loss(self.valid).backward()
        with torch.no_grad():
            for each in self.model.parameters():
                each.sub_(each.grad.to_dense() if each.grad.is_sparse else each.grad, alpha=0.1)


class CountsClasses(Wrapped):
    def keep(self) -> None:
        import numpy as np

        np.bincount(self.valid.labels)


class TakesTheLastClass(Wrapped):
    def told(self, report: Any) -> Any:
        return replace(report, valid={**report.valid, "accuracy": 0.9})


class KeepsPredictions(Wrapped):
    def keep(self) -> None:
        self.kept.append(self.valid.probabilities(self.model))


class KeepsLosses(Wrapped):
    def keep(self) -> None:
        self.kept.append(self.loss(self.rows))


class KeepsWords(Wrapped):
    def keep(self) -> None:
        self.kept.append([str(label + len(self.kept)) + "!" for label in self.rows.labels])


class ScoresOtherWeights(Wrapped):
    def told(self, report: Any) -> Any:
        return replace(report, valid={**report.valid, "accuracy": 0.5})


BROKEN = {
    (TrainsOnAll, ALONE): "encoder.embedding.weight is another one after epoch 1 with other validation rows; "
    "train on the training rows alone",
    (StepsOnValidation, ALONE): "encoder.embedding.weight is another one after epoch 1 with other validation "
    "rows; train on the training rows alone",
    (
        CountsClasses,
        UNKNOWN,
    ): "training with validation labels of -1, which are no class, raises ValueError: ",
    (
        TakesTheLastClass,
        UNKNOWN,
    ): "the report of epoch 1 has an accuracy of 90.0% where 50.0% of the validation "
    "texts have a label that is a class; those of a negative label are wrong",
    (KeepsPredictions, MEMORY): r"[\d,]+ bytes more are alive after 4 epochs than after 2: a report, or the "
    "trainer, keeps what each epoch has made",
    (KeepsWords, MEMORY): r"[\d,]+ bytes more are alive after 4 epochs than after 2: ",
    (KeepsLosses, MEMORY): r"8 tensors that have a gradient are alive after 4 epochs, and 4 after 2: keep "
    r"float\(loss\) or loss.detach\(\), which hold no graph",
    (ScoresOtherWeights, BEST): r"the report of epoch \d, the best one, has an accuracy of 50.0%, and the "
    r"weights at the end have one of [\d.]+%",
}


@pytest.mark.parametrize(("case", "sentence"), BROKEN.items(), ids=lambda each: str(each)[:60])
def test_a_broken_trainer_is_told_in_one_sentence(case: Any, sentence: str) -> None:
    wrapped, promise = case
    found = outcome(wrapped, promise)
    start = re.escape(f"{wrapped.__name__} promises that {promise}, but ")
    assert re.match(start + sentence, found.reason), found


class KeepsScores(Wrapped):
    """One number for each epoch, and the losses of the last one alone."""

    def keep(self) -> None:
        self.kept.append(self.loss(self.rows).item())
        self.last = self.loss(self.rows)


class FollowsTheScore(Wrapped):
    """From the second epoch on, the learning rate is another one where the score is low; reports say so."""

    def keep(self) -> None:
        import torch

        low = self.loss(self.valid).item() > 1
        self.rate = 0.01 if low and self.kept else 0.02
        self.kept.append(low)
        with torch.no_grad():
            for each in self.model.parameters():
                each.mul_(self.rate / 0.02)

    def told(self, report: Any) -> Any:
        return replace(report, learning_rate=self.rate)


class Calibrates(Wrapped):
    """The logits of each epoch are sharper or flatter, as the validation rows want it."""

    def state(self) -> Any:
        found, loss = self.training.state(), self.loss(self.valid).item()
        head = {name: tensor * (1 + loss) for name, tensor in found.model.items() if name.startswith("head.")}
        return replace(found, model={**found.model, **head})


class AveragesAtTheEnd(Wrapped):
    def __iter__(self) -> Iterator[Any]:
        for report in self.training:
            self.kept.append(self.state().model)
            note = Note("the weights at the end are the mean of those of all epochs")
            yield replace(report, notes=(*report.notes, note))
        self.model.load_state_dict(
            {name: sum(each[name] for each in self.kept) / len(self.kept) for name in self.kept[0]}
        )


@pytest.mark.parametrize(
    ("wrapped", "promise"),
    [
        (KeepsScores, MEMORY),
        (FollowsTheScore, ALONE),
        (Calibrates, ALONE),
        (AveragesAtTheEnd, BEST),
        (AveragesAtTheEnd, ALONE),
        (Wrapped, UNKNOWN),
    ],
)
def test_an_unusual_trainer_that_is_right_is_not_told(wrapped: type[Wrapped], promise: str) -> None:
    assert outcome(wrapped, promise).reason == ""
