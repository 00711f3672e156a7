from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from nlpkit.components.collators import Offsetify, PadLength
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm, Rnn
from nlpkit.components.kinds import Encoder
from nlpkit.components.trainers import Standard
from nlpkit.errors import ConfigError, SettingsError
from nlpkit.nn.classifier import Classifier
from nlpkit.scoring.metrics import Scores
from nlpkit.training.rows import Rows
from nlpkit.training.settings import weights_by_class
from nlpkit.vocab import Labels

SMALL = Embedding(size=8)
ENCODERS: list[Encoder] = [
    EmbeddingMean(embedding=SMALL),
    *(cell(hidden_size=8, embedding=SMALL) for cell in (Rnn, Gru, Lstm)),
    *(Lstm(hidden_size=8, pooling=pooling, embedding=SMALL) for pooling in ("mean", "max", "attention")),
    Lstm(hidden_size=8, packed=True, bidirectional=True, num_layers=2, embedding=SMALL),
]


def classifier(encoder: Encoder, corpus: Any) -> Classifier:
    torch.manual_seed(0)
    return Classifier(encoder.build(corpus.vocab), len(corpus.labels))


def trained(settings: Standard, corpus: Any, encoder: Encoder = ENCODERS[0]) -> tuple[Classifier, list[Any]]:
    model = classifier(encoder, corpus)
    return model, list(settings.build(corpus.labels, 13)(model, corpus.train, corpus.valid, None))


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda encoder: type(encoder).__name__)
def test_every_encoder_learns_to_tell_classes_apart_that_have_their_own_words(
    toy: Callable[..., Any], encoder: Encoder
) -> None:
    settings = Standard(learning_rate=0.05, epochs=20, batch_size=8)
    _, reports = trained(settings, toy(), encoder)
    assert max(report.valid["accuracy"] for report in reports) == 1.0
    assert max(report.train_accuracy for report in reports) == 1.0


def test_the_mean_learns_from_texts_end_to_end_as_well(toy: Callable[..., Any]) -> None:
    _, reports = trained(Standard(learning_rate=0.05, epochs=20, batch_size=8), toy(Offsetify()))
    assert max(report.valid["accuracy"] for report in reports) == 1.0


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "adagrad", "sgd"])
def test_every_optimizer_learns(toy: Callable[..., Any], optimizer: Any) -> None:
    rate = {"sgd": 2.0, "adagrad": 0.5}.get(optimizer, 0.05)
    settings = Standard(optimizer=optimizer, learning_rate=rate, epochs=20, batch_size=8)
    assert max(report.valid["accuracy"] for report in trained(settings, toy())[1]) == 1.0


def test_validation_scores_are_accuracy_log_loss_and_the_monitored_one(toy: Callable[..., Any]) -> None:
    _, reports = trained(Standard(epochs=1, monitor="f1_macro"), toy())
    assert list(reports[0].valid) == ["accuracy", "log_loss", "f1_macro"]


@pytest.mark.parametrize(("monitor", "best"), [("log_loss", min), ("neg_log_loss", max)])
def test_the_best_epoch_is_the_one_of_the_best_score(
    toy: Callable[..., Any], monitor: str, best: Callable[..., Any]
) -> None:
    _, reports = trained(Standard(monitor=monitor, learning_rate=0.3, epochs=12, batch_size=8), toy())
    values = [report.valid[monitor] for report in reports]
    last_best = [report for report in reports if report.best][-1]
    assert last_best.valid[monitor] == best(values)


@pytest.mark.parametrize(
    ("monitor", "kept"),
    [("accuracy", 3), ("f1_macro", 3), ("matthews_corrcoef", 3), ("neg_brier_score", 1), ("log_loss", 4)],
)
def test_an_early_epoch_that_one_row_is_lucky_for_is_not_kept(
    toy: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, monitor: str, kept: int
) -> None:
    """Of 20 rows 19 are right, then 18 with half the log loss, and 12 with even less of it."""
    told = iter([(0.95, 0.6), (0.90, 0.5), (0.90, 0.3), (0.60, 0.2)])

    def scripted(*asked: Any) -> Any:
        share, loss = next(told)
        values = {"accuracy": share, monitor: share, "log_loss": loss}
        return Scores(values, {}, ())

    monkeypatch.setattr("nlpkit.components.trainers.scores", scripted)
    _, reports = trained(Standard(monitor=monitor, epochs=4), toy())
    assert [report.epoch for report in reports if report.best][-1] == kept


def test_training_stops_where_the_log_loss_rises_though_as_many_answers_are_right(
    toy: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([0.6, 0.4, 0.3, 0.31, 0.35, 0.2])

    def scripted(*asked: Any) -> Any:
        return Scores({"accuracy": 0.9, "log_loss": next(losses)}, {}, ())

    monkeypatch.setattr("nlpkit.components.trainers.scores", scripted)
    _, reports = trained(Standard(monitor="log_loss", patience=2, epochs=6), toy())
    assert [report.best for report in reports] == [True, True, True, False, False]
    assert [note.text for note in reports[-1].notes] == [
        "stopped after epoch 5 of 6: no better log_loss since epoch 3, whose weights are kept "
        "(trainer.patience)"
    ]


def test_training_stops_when_patience_is_out(toy: Callable[..., Any]) -> None:
    _, reports = trained(Standard(learning_rate=0.0, epochs=50, patience=3), toy())
    assert len(reports) == 4


def weights(settings: Standard, names: list[str], gold: list[int]) -> list[float] | None:
    found = weights_by_class(settings.class_weights, Labels(names), np.array(gold, np.int64))
    return None if found is None else found.tolist()


@given(st.lists(st.integers(0, 3), min_size=1))
def test_balanced_weights_are_those_of_scikit_learn(drawn: list[int]) -> None:
    gold = [*drawn, 0, 1, 2, 3]
    expected = compute_class_weight("balanced", classes=np.arange(4), y=np.array(gold))
    assert weights(Standard(class_weights="balanced"), ["a", "b", "c", "d"], gold) == expected.tolist()


def test_a_class_that_the_table_leaves_out_weighs_one() -> None:
    assert weights(Standard(class_weights={"b": 2.5}), ["a", "b"], [0, 1]) == [1.0, 2.5]
    assert weights(Standard(), ["a", "b"], [0, 1]) is None


def test_a_table_that_names_no_class_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        weights(Standard(class_weights={"sport": 2.0}), ["Sports", "World"], [0, 1])
    assert str(caught.value) == (
        "trainer.class_weights: class_weights names 'sport', which is no class of the training texts; "
        "did you mean Sports?"
    )


def test_class_weights_pull_towards_the_heavier_class(toy: Callable[..., Any]) -> None:
    corpus = toy()
    weights = {"animal": 1e-6, "number": 1e-6}
    settings = Standard(
        class_weights=weights, epochs=20, learning_rate=2.0, optimizer="sgd", monitor="log_loss", device="cpu"
    )
    model, _ = trained(settings, corpus)
    logits = model(corpus.valid.collate(corpus.valid.ids))
    assert set(logits.argmax(dim=1).tolist()) == {corpus.labels["colour"]}


@pytest.mark.parametrize("weight", [1e-9, 1e9])
def test_a_batch_of_the_lightest_or_the_heaviest_class_alone_has_a_loss(
    toy: Callable[..., Any], weight: float
) -> None:
    _, [report] = trained(Standard(class_weights={"animal": weight}, batch_size=1, epochs=1), toy())
    assert math.isfinite(report.train_loss)


def test_a_monitor_that_is_not_defined_for_the_validation_labels_stops_before_training(
    toy: Callable[..., Any],
) -> None:
    seen: list[Any] = []
    corpus = toy()
    train = Standard(monitor="roc_auc", batch_size=20).build(corpus.labels, 1, seen.append)
    with pytest.raises(ConfigError) as caught:
        list(train(classifier(ENCODERS[0], corpus), corpus.train, corpus.valid, None))
    assert (str(caught.value), seen) == (
        "trainer.monitor: the validation score roc_auc is not defined here: it needs two classes, "
        "and there are 3\n"
        "  the best epoch cannot be told by it: choose another score, such as accuracy",
        [],
    )


@pytest.mark.parametrize(
    ("monitor", "reason"),
    [
        ("d2_brier_score", "all rows have the label 'animal'"),
        ("d2_log_loss_score", "all rows have the label 'animal'"),
        ("roc_auc_ovr", "no row has the label 'colour', 'number'"),
        ("average_precision", "no row has the label 'colour', 'number'"),
    ],
)
def test_a_monitor_that_would_be_infinite_or_no_number_names_the_classes_without_rows(
    toy: Callable[..., Any], monitor: str, reason: str
) -> None:
    corpus = toy()
    valid = replace(corpus.valid, labels=np.zeros_like(corpus.valid.labels))
    train = Standard(monitor=monitor).build(corpus.labels, 1)
    with pytest.raises(ConfigError) as caught:
        train(classifier(ENCODERS[0], corpus), corpus.train, valid, None)
    message = f"trainer.monitor: the validation score {monitor} is not defined here: {reason}"
    assert str(caught.value).splitlines()[0] == message


def test_a_monitor_that_what_is_predicted_leaves_undefined_stops_after_its_epoch(
    toy: Callable[..., Any],
) -> None:
    corpus = toy()
    valid = replace(corpus.valid, labels=np.full_like(corpus.valid.labels, corpus.labels["colour"]))
    light = {"animal": 1e-6, "number": 1e-6}
    settings = Standard(
        monitor="cohen_kappa", class_weights=light, epochs=30, learning_rate=2.0, optimizer="sgd"
    )
    training = settings.build(corpus.labels, 1)(classifier(ENCODERS[0], corpus), corpus.train, valid, None)
    with pytest.raises(ConfigError, match="cohen_kappa is not defined here: all labels and all predictions"):
        list(training)


def test_patience_without_validation_rows_is_refused_before_training(toy: Callable[..., Any]) -> None:
    corpus = toy()
    none = Rows(corpus.valid.ids.take(np.empty(0, np.int64)), np.empty(0, np.int64), corpus.valid.collate)
    model = classifier(ENCODERS[0], corpus)
    with pytest.raises(ConfigError) as caught:
        Standard(patience=1).build(corpus.labels, 1)(model, corpus.train, none, None)
    assert str(caught.value) == (
        "trainer.patience: patience waits for a better validation score, and there are no validation rows; "
        "have some, or leave patience out"
    )
    reports = list(Standard(epochs=2).build(corpus.labels, 1)(model, corpus.train, none, None))
    assert [report.best for report in reports] == [True, True]


def test_validation_rows_of_an_unseen_class_are_errors(toy: Callable[..., Any]) -> None:
    corpus = toy()
    unseen = Rows(corpus.valid.ids, np.full(len(corpus.valid), -1), corpus.valid.collate)
    model = classifier(ENCODERS[0], corpus)
    [report] = Standard(epochs=1).build(corpus.labels, 1)(model, corpus.train, unseen, None)
    assert report.valid["accuracy"] == 0.0
    assert math.isnan(report.valid["log_loss"])


def test_training_tells_its_progress(toy: Callable[..., Any]) -> None:
    corpus, seen = toy(PadLength()), []
    model = classifier(ENCODERS[0], corpus)
    train = Standard(epochs=1, batch_size=20).build(corpus.labels, 1, lambda p: seen.append(p.texts))
    list(train(model, corpus.train, corpus.valid, None))
    assert seen == [20, 40]


def test_a_device_that_is_not_there_is_refused(toy: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        trained(Standard(device="cuda:99"), toy())
    found = torch.cuda.device_count() or "none"
    assert str(caught.value) == (
        f"trainer.device: 'cuda:99' cannot be used here: torch finds {found} of that kind\n"
        '  set trainer.device = "auto" to take what there is'
    )
    assert [str(error) for error in Standard(device="cuda:99").problems_here()] == [str(caught.value)]


def test_what_any_machine_can_do_is_no_problem() -> None:
    for each in (Standard(), Standard(device="cpu:0"), Standard(workers=2)):
        assert list(each.problems_here()) == []


def test_what_the_processor_cannot_do_is_told_before_the_training() -> None:
    [error] = Standard(device="cpu", precision="bfloat16").problems_here()
    assert str(error) == (
        "trainer.precision: bfloat16 is for a GPU, and this trains on the CPU\n"
        '  set trainer.precision = "float32"'
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"batch_size": 0}, "batch_size: 0 is not a whole number from 1 to 1000000"),
        ({"batch_size": 10**12}, "batch_size: 1000000000000 is not a whole number from 1 to 1000000"),
        ({"epochs": True}, "epochs: true is not a whole number"),
        ({"patience": -1}, "patience: -1 is not a whole number from 1 to 1000000"),
        ({"learning_rate": math.nan}, "learning_rate: nan is not a number from 0 to 1000"),
        ({"weight_decay": -0.5}, "weight_decay: -0.5 is not a number from 0 to 1000"),
        ({"momentum": 1.5}, "momentum: 1.5 is not a number from 0 to 1"),
        ({"warmup_fraction": "0.1"}, "warmup_fraction: '0.1' is not a number"),
        (
            {"label_smoothing": 0.1},
            "Standard has no setting label_smoothing; it is now a setting of the loss: "
            'loss = { type = "cross_entropy", label_smoothing = 0.1 }',
        ),
        ({"max_grad_norm": math.inf}, "max_grad_norm: inf is not a number of 1e-09 or more"),
        ({"max_grad_norm": 0.0}, "max_grad_norm: 0.0 is not a number of 1e-09 or more"),
        ({"optimizer": "adma"}, "optimizer: 'adma' is not an optimizer; did you mean adam?"),
        ({"schedule": "step"}, "schedule: 'step' is not a schedule; known: constant, cosine, linear"),
        ({"loss": "focl"}, "loss: 'focl' is not a loss; did you mean focal?"),
        ({"steps": ("r_drop", "mixxup")}, "steps[1]: 'mixxup' is not a step; did you mean mixup?"),
        ({"device": "gpu"}, "device: 'gpu' is not one of auto, cpu, cuda, cuda:1, mps, xpu"),
        ({"device": "cuda:"}, "device: 'cuda:' is not one of auto, cpu, cuda, cuda:1, mps, xpu"),
        ({"device": "meta"}, "device: 'meta' is not one of auto, cpu, cuda, cuda:1, mps, xpu"),
        ({"monitor": "acuracy"}, "monitor: 'acuracy' is not a metric; did you mean accuracy?"),
        ({"class_weights": "even"}, "class_weights: 'even' is not none, balanced or a table of: a number"),
        ({"class_weights": {"a": 1.0, "b": -1.0}}, "class_weights: 'b' weighs -1; "
         "a weight is a number from 1e-09 to 1e+09"),
        ({"class_weights": {"a": 0.0, "b": 1e300}}, "class_weights: 'a' weighs 0, 'b' weighs 1e+300; "
         "a weight is a number from 1e-09 to 1e+09"),
        ({"class_weights": {"a": math.nan}}, "class_weights: 'a' weighs nan; "
         "a weight is a number from 1e-09 to 1e+09"),
        ({"epochs": 0, "momentum": 2}, "epochs: 0 is not a whole number from 1 to 1000000; "
         "momentum: 2.0 is not a number from 0 to 1"),
    ],
)  # fmt: skip
def test_a_setting_out_of_bounds_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Standard(**changes)
    assert str(caught.value) == problem
