from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.losses import CrossEntropy
from nlpkit.components.trainers import Standard
from nlpkit.nn.classifier import Classifier
from nlpkit.scoring.losses import summed_cross_entropy, summed_focal
from nlpkit.training.best import Best
from nlpkit.training.outcome import Guessing, guessing_loss, outcome
from nlpkit.training.state import EpochReport


def told(
    train_loss: float,
    guessing: float = math.log(4),
    epoch: int = 10,
    valid_loss: float = 9.0,
    best_epoch: int = 3,
    texts: int = 8,
    accuracy: float = 0.25,
    **settings: Any,
) -> list[str]:
    best = Best(torch.nn.Linear(1, 1))
    best.epoch, best.since = best_epoch, 3
    valid = {"log_loss": valid_loss, "accuracy": accuracy}
    report = EpochReport(epoch, 10, texts, train_loss, 0.25, 1e-3, 1.0, 8.0, valid, best=False)
    found = outcome(report, best, Guessing(guessing, 0.25), Standard(**settings))
    return [f"{note.level} {note}" for note in found]


@pytest.mark.parametrize("loss", [1.4, 2.0])
def test_a_loss_above_that_of_guessing_says_nothing_where_many_answers_are_right(loss: float) -> None:
    assert told(loss, accuracy=0.7) == []
    assert "next to nothing was learned" in told(loss, accuracy=0.6)[0]


def test_few_steps_are_told_to_be_more_and_many_to_be_shorter() -> None:
    assert told(2.0, texts=32 * 9)[0].endswith("raise trainer.epochs (10) or trainer.learning_rate (0.01)")
    assert told(2.0, texts=32 * 10)[0].endswith("or set trainer.max_grad_norm = 1.0")


def test_a_training_without_an_average_is_told() -> None:
    swa = {"epochs": 10, "average": "swa"}
    assert told(0.1, epoch=8, **swa)[0] == (
        "note there is no average of weights before epoch 9; raise trainer.epochs (10) or lower "
        "trainer.average_start (0.75)"
    )
    assert told(0.1, epoch=10, **swa) == []


def test_labels_that_are_smoothed_away_are_told() -> None:
    assert told(math.log(4), loss=CrossEntropy(label_smoothing=1.0))[0].endswith(
        "lower trainer.loss.label_smoothing (1)"
    )


@pytest.mark.parametrize(
    ("best_epoch", "kept"),
    [(3, "whose weights are kept"), (5, "and the weights of epoch 5 are kept, with a lower log loss")],
)
def test_that_it_stopped_early_is_said_with_the_epoch_that_is_kept(best_epoch: int, kept: str) -> None:
    assert told(0.1, epoch=6, best_epoch=best_epoch, patience=3) == [
        f"note stopped after epoch 6 of 10: no better accuracy since epoch 3, {kept} (trainer.patience)"
    ]


@pytest.mark.parametrize("loss", [0.0, 1.0, 0.97 * math.log(4)])
def test_a_loss_that_went_down_says_nothing(loss: float) -> None:
    assert told(loss) == []


@pytest.mark.parametrize(
    ("loss", "remedy"),
    [
        (0.99 * math.log(4), "raise trainer.epochs (10) or trainer.learning_rate (0.01)"),
        (1.05 * math.log(4), "raise trainer.epochs (10) or trainer.learning_rate (0.01)"),
    ],
)
def test_a_loss_that_is_no_better_than_that_of_guessing_says_what_to_set(loss: float, remedy: str) -> None:
    assert told(loss) == [
        f"note the training loss ended at {loss:.3g}, and that of guessing is 1.39: "
        f"next to nothing was learned; {remedy}"
    ]


def test_a_loss_that_went_down_during_the_last_epoch_alone_says_nothing() -> None:
    assert told(math.log(4), valid_loss=1.0) == []


def test_a_loss_that_exploded_but_is_a_number_says_so_loudly() -> None:
    assert told(2.7e29, learning_rate=50) == [
        "loud the training loss ended at 2.7e+29, and that of guessing is 1.39: the weights are far off; "
        "lower trainer.learning_rate (50) or set trainer.max_grad_norm = 1.0"
    ]


def test_one_class_alone_has_nothing_to_guess() -> None:
    assert told(0.0, guessing=0.0) == []


def test_training_that_stops_early_says_when_and_what_is_kept() -> None:
    assert told(0.5, epoch=6, patience=3, monitor="f1_macro") == [
        "note stopped after epoch 6 of 10: no better f1_macro since epoch 3, whose weights are kept "
        "(trainer.patience)"
    ]


def weighted(labels: Any, weights: list[float]) -> float:
    return guessing_loss(labels, np.array(weights), summed_cross_entropy(torch.tensor(weights)))


def test_guessing_knows_how_frequent_classes_are_and_what_they_weigh() -> None:
    labels = np.array([0, 0, 0, 1])
    by_frequency = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert guessing_loss(labels, None, summed_cross_entropy()) == pytest.approx(by_frequency)
    assert weighted(labels, [2 / 3, 2.0]) == pytest.approx(math.log(2))
    assert weighted(labels, [1.0, 0.0]) == 0
    assert guessing_loss(np.zeros(3, np.int64), None, summed_cross_entropy()) == 0


@pytest.mark.parametrize("weights", [None, np.array([1.0, 3.0, 0.5])], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("build", "apart"),
    [
        (summed_cross_entropy, 1e-4),
        (partial(summed_cross_entropy, label_smoothing=0.2), 1e-4),
        (partial(summed_cross_entropy, label_smoothing=0.13), 1e-3),
        (summed_focal, 1e-2),
    ],
    ids=["plain loss", "smoothed", "smoothed by an odd number", "focal"],
)
def test_no_probabilities_for_all_texts_have_less_loss_than_guessing(
    weights: Any, build: Any, apart: float
) -> None:
    labels = torch.tensor([0] * 5 + [1] * 2 + [2] * 3)
    logits = torch.zeros(3, requires_grad=True)
    weight = None if weights is None else torch.tensor(weights, dtype=torch.float32)
    loss_of = build(weight)
    total = 10 if weights is None else weights[labels].sum()
    optimizer = torch.optim.LBFGS([logits], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimizer.zero_grad()
        loss = loss_of(logits.expand(10, 3), labels) / total
        loss.backward()
        return loss

    optimizer.step(closure)
    assert guessing_loss(labels.numpy(), weights, loss_of) == pytest.approx(closure().item(), abs=apart)


@pytest.mark.parametrize(
    ("settings", "notes"),
    [
        ({"learning_rate": 0.1, "epochs": 4}, []),
        ({"learning_rate": 1e-6, "epochs": 2}, ["next to nothing was learned; raise trainer.epochs (2)"]),
        ({"learning_rate": 100, "epochs": 1, "optimizer": "sgd"}, ["the weights are far off"]),
        ({"learning_rate": 0.1, "epochs": 40, "patience": 2}, ["stopped after epoch "]),
    ],
    ids=str,
)
@pytest.mark.parametrize("workers", [1, 2])
def test_the_last_report_alone_has_the_notes(
    toy: Callable[..., Any], settings: dict[str, Any], notes: list[str], workers: int
) -> None:
    corpus = toy()
    torch.manual_seed(0)
    model = Classifier(EmbeddingMean(embedding=Embedding(size=8)).build(corpus.vocab), len(corpus.labels))
    train = Standard(batch_size=8, device="cpu", workers=workers, **settings).build(corpus.labels, 3)
    *before, last = train(model, corpus.train, corpus.valid, None)
    assert [report.notes for report in before] == [()] * len(before)
    assert len(last.notes) == len(notes)
    assert all(said in note.text for note, said in zip(last.notes, notes, strict=True))
