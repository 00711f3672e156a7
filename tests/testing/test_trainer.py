from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from nlpkit.collators import Offsetify
from nlpkit.components import Trainer
from nlpkit.embedding import Embedding
from nlpkit.encoders import Gru
from nlpkit.testing import BrokenPromise, check_trainer
from nlpkit.trainers import Standard

FAST = {"epochs": 3, "learning_rate": 0.05}


@pytest.mark.parametrize(
    "settings",
    [
        Standard(),
        Standard(epochs=1, learning_rate=0.1),
        Standard(optimizer="adagrad", learning_rate=0.5, epochs=5, patience=2, schedule="linear"),
        Standard(
            embedding_updates="dense", monitor="log_loss", max_batch_tokens=200, epochs=3, learning_rate=0.05
        ),
    ],
    ids=lambda settings: str(settings)[:60],
)
def test_every_built_in_trainer_keeps_its_promises(settings: Standard) -> None:
    check_trainer(settings)


def test_the_model_may_be_another_one() -> None:
    encoder = Gru(hidden_size=8, dropout=0.5, embedding=Embedding(size=8))
    check_trainer(Standard(**FAST), encoder=encoder)
    check_trainer(Standard(**FAST), collator=Offsetify())


@dataclass(frozen=True)
class Changed(Standard):
    """The standard trainer, changed in each class below."""

    epochs: int = 4
    learning_rate: float = 0.02

    def build(self, labels: Any, seed: int, progress: Any = None) -> Any:
        return self.change(super().build(labels, seed, progress))

    def change(self, train: Callable[..., Any]) -> Any:
        return train


@dataclass(frozen=True)
class StartsAnew(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        return lambda model, texts, valid, state: train(model, texts, valid, None)


@dataclass(frozen=True)
class ForgetsTheOptimizer(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        def forgetful(model: Any, texts: Any, valid: Any, state: Any) -> Iterator[Any]:
            fresh = next(train(model, texts, valid, None)).state.optimizer if state else None
            yield from train(model, texts, valid, state and replace(state, optimizer=fresh))

        return forgetful


@dataclass(frozen=True)
class LeavesTheLast(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        def last(model: Any, texts: Any, valid: Any, state: Any) -> Iterator[Any]:
            for report in train(model, texts, valid, state):
                state = report.state
                yield report
            model.load_state_dict(state.model)

        return last


@dataclass(frozen=True)
class LeavesTrainingMode(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        def training(model: Any, texts: Any, valid: Any, state: Any) -> Iterator[Any]:
            yield from train(model, texts, valid, state)
            model.encoder.train()

        return training


@dataclass(frozen=True)
class GoesOn(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        def twice(model: Any, texts: Any, valid: Any, state: Any) -> Iterator[Any]:
            reports = list(train(model, texts, valid, state))
            yield from reports
            for report in reports:
                yield replace(report, epoch=report.epoch + len(reports))

        return twice


@dataclass(frozen=True)
class LearnsNothing(Changed):
    learning_rate: float = 0.0


@dataclass(frozen=True)
class TellsTheModelItself(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        def live(model: Any, texts: Any, valid: Any, state: Any) -> Iterator[Any]:
            for report in train(model, texts, valid, state):
                yield replace(report, state=replace(report.state, model=dict(model.state_dict())))

        return live


@dataclass(frozen=True)
class TellsAnObject(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        def told(model: Any, texts: Any, valid: Any, state: Any) -> Iterator[Any]:
            for report in train(model, texts, valid, state):
                yield replace(report, valid={**report.valid, "odd": {1}})

        return told


@dataclass(frozen=True)
class NeedsValidation(Changed):
    def change(self, train: Callable[..., Any]) -> Any:
        def asks(model: Any, texts: Any, valid: Any, state: Any) -> Iterator[Any]:
            yield from train(model, texts, valid, state) if valid.labels[0] >= 0 else ()

        return asks


BROKEN = {
    StartsAnew: "it goes on from any report's state to the same bits, but from the state after epoch 1 it "
    "goes "
    "on with epochs 1, 2, 3, 4, not 2, 3, 4",
    ForgetsTheOptimizer: "it goes on from any report's state to the same bits, but from the state after "
    "epoch ",
    LeavesTheLast: "it leaves the weights of the best epoch, in eval mode, but encoder.embedding.weight "
    "at the "
    "end is not what it was after epoch 1 of 4, the best one",
    LeavesTrainingMode: "it leaves the weights of the best epoch, in eval mode, but encoder is in "
    "training mode "
    "at the end",
    GoesOn: "it stops after its epochs, but there are 8 reports or more where they say 4 epochs",
    LearnsNothing: r"it learns texts whose classes have their own words, but after 4 epochs of 640 texts "
    r"[\d.]+% of the validation texts are right where 90% are expected; if these settings learn too "
    r"slowly for "
    "that, check others",
    TellsTheModelItself: "reports are plain data that does not change, but "
    "report.state.model.encoder.embedding."
    "weight of epoch 2 has changed since it was told",
    TellsAnObject: "reports are plain data that does not change, but report.valid.odd of epoch 1 is a "
    "set, which "
    "is no plain data",
    NeedsValidation: "it trains without validation rows, but training raises IndexError: ",
}


@pytest.mark.parametrize(
    ("settings", "sentence"), BROKEN.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_a_broken_trainer_is_told_in_one_sentence(settings: type[Trainer], sentence: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        check_trainer(settings())
    said = str(caught.value)
    assert re.match(rf"{settings.__name__} promises that {sentence}", said), said
    assert "\n" not in said


def test_the_double_with_nothing_wrong_keeps_its_promises() -> None:
    check_trainer(Changed())
