from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

import nlpkit
from nlpkit import Embedding, EmbeddingMean, Experiment, Headlines, Lstm, Member, Offsetify, Standard
from nlpkit.components.linear import FittedTrainer, Linear, Tfidf
from nlpkit.components.losses import Focal
from nlpkit.components.steps import Fgm, Mixup, RDrop, WordDropout
from nlpkit.errors import DataError
from nlpkit.training.linear.estimators import Found
from nlpkit.training.linear.features import features
from tests.runs.test_resume import read, stopped

DATA = Headlines(train_size=400, valid_size=100, test_size=100, multi_label=True)
BAG = Experiment(
    data=DATA,
    encoder=EmbeddingMean(embedding=Embedding(size=16)),
    collator=Offsetify(),
    trainer=Standard(batch_size=20, epochs=5, learning_rate=0.3, optimizer="adagrad"),
    baseline=False,
)
LINEAR = Member(encoder=Tfidf(), collator=Offsetify(), trainer=Linear(), refit=True)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> nlpkit.Result:
    return nlpkit.run(replace(BAG, baseline=True), tmp_path_factory.mktemp("runs") / "bag")


def test_a_run_learns_which_labels_texts_have(ran: nlpkit.Result) -> None:
    assert ran.scores["f1_micro"] > 0.8
    assert list(ran.scores) == ["f1_micro", "f1_macro", "log_loss"]
    f1 = sklearn.metrics.f1_score(ran.gold, ran.predicted, average="micro")
    assert ran.scores["f1_micro"] == pytest.approx(f1)


def test_a_saved_model_gives_the_labels_of_the_run(ran: nlpkit.Result) -> None:
    assert ran.folder is not None
    model = nlpkit.load(ran.folder)
    assert model.decision == ran.model.decision
    assert len(model.decision.thresholds) == 4
    expected = model.decision.named(ran.probabilities, model.labels.names)
    assert model.predict(ran.splits.test.texts) == expected
    assert model.columns(list(ran.splits.test.texts))["label"] == expected
    assert json.loads((ran.folder / "model/bundle.json").read_text())["format"] == 3


def test_predictions_have_the_labels_in_one_cell(ran: nlpkit.Result) -> None:
    assert ran.folder is not None
    with (ran.folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [tuple(filter(None, row["gold"].split("|"))) for row in rows] == ran.splits.test.label_sets
    found = [tuple(filter(None, row["predicted"].split("|"))) for row in rows]
    assert found == ran.model.named(ran.probabilities)


def test_a_run_stands_beside_a_linear_model_by_micro_f1(ran: nlpkit.Result) -> None:
    baseline = ran.scored["baseline"]
    assert baseline["metric"] == "f1_micro"
    assert baseline["f1_micro"] > 0.8
    above = ran.scores["f1_micro"] - baseline["f1_micro"]
    assert baseline["above"]["f1_micro"] == pytest.approx(above)


def test_reports_say_what_there_is_of_several_labels(ran: nlpkit.Result) -> None:
    assert ran.folder is not None
    text, page = ((ran.folder / name).read_text() for name in ("report.txt", "report.html"))
    assert "threshold" in text
    assert "labels a text: " in text
    assert "confusion" not in text
    assert "linear baseline" in page


def test_a_run_is_repeated_to_the_same_bits(ran: nlpkit.Result) -> None:
    assert ran.folder is not None
    assert nlpkit.replay(ran.folder).differences == ()


def test_runs_are_compared_by_micro_f1(ran: nlpkit.Result, tmp_path: Path) -> None:
    assert ran.folder is not None
    other = nlpkit.run(replace(BAG, trainer=replace(BAG.trainer, epochs=1)), tmp_path / "short")
    assert other.folder is not None
    table = nlpkit.compare([other.folder, ran.folder]).table()
    assert table["metric"] == "f1_micro"
    assert [run["run"] for run in table["runs"]] == ["bag", "short"]
    below = other.scores["f1_micro"] - ran.scores["f1_micro"]
    assert table["pairs"][0]["f1_micro"] == pytest.approx(below)


def test_runs_of_one_label_and_of_several_are_not_compared(ran: nlpkit.Result, tmp_path: Path) -> None:
    assert ran.folder is not None
    one = nlpkit.run(replace(BAG, data=replace(DATA, multi_label=False)), tmp_path / "one")
    assert one.folder is not None
    with pytest.raises(DataError, match="the labels of a text are separated in another way"):
        nlpkit.compare([ran.folder, one.folder])


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": Focal()},
        {"class_weights": "balanced"},
        {"class_weights": {"Sports": 2.0}},
        {"steps": (Mixup(),)},
        {"steps": (RDrop(),)},
        {"steps": (Fgm(),)},
        {"steps": (WordDropout(),)},
        {"monitor": "f1_macro", "patience": 2},
        {"average": "ema"},
    ],
    ids=str,
)
def test_every_way_to_train_learns_several_labels(changes: dict[str, Any]) -> None:
    result = nlpkit.run(replace(BAG, trainer=replace(BAG.trainer, **changes)))
    assert result.scores["f1_micro"] > 0.7


def test_workers_come_to_what_one_of_them_does() -> None:
    one, two = (nlpkit.run(replace(BAG, trainer=replace(BAG.trainer, workers=workers))) for workers in (1, 2))
    np.testing.assert_allclose(one.probabilities, two.probabilities, atol=1e-4)


def test_a_network_learns_several_labels() -> None:
    trainer = Standard(batch_size=20, epochs=4, learning_rate=1e-2)
    result = nlpkit.run(replace(BAG, encoder=Lstm(), collator=nlpkit.PadLength(), trainer=trainer))
    assert result.scores["f1_micro"] > 0.7


@pytest.mark.parametrize("loss", ["squared_hinge", "log_loss"])
def test_a_linear_model_learns_each_label_against_the_rest(loss: Any) -> None:
    alone = {name: getattr(LINEAR, name) for name in ("encoder", "collator")}
    result = nlpkit.run(replace(BAG, **alone, trainer=Linear(loss=loss)))
    assert result.scores["f1_micro"] > 0.8


def test_a_linear_model_is_scikit_learns_one_vs_rest(toy: Any) -> None:
    from nlpkit.nn.classifier import Classifier
    from nlpkit.scoring.decisions import MULTI_LABEL

    corpus = toy()
    gold = np.stack([corpus.train.labels == 0, corpus.train.labels != 1], axis=1)
    train = replace(corpus.train, labels=gold, decision=MULTI_LABEL, collate=Offsetify().build(corpus.vocab))
    model = Classifier(Tfidf().build(corpus.vocab), 2)
    labels = nlpkit.Labels(["first", "other"])
    list(Linear().build(labels, 1)(model, train, replace(train, labels=gold), None))
    peer = OneVsRestClassifier(LinearSVC(C=0.5, random_state=1)).fit(features(model.encoder, train), gold)
    expected = np.stack([each.coef_[0] for each in peer.estimators_])
    np.testing.assert_allclose(model.head.weight.detach().numpy(), expected, atol=1e-4)


def test_a_label_of_all_texts_is_given_to_all_by_a_linear_model() -> None:
    train = DATA.build()().train
    data = nlpkit.InMemory(train.texts, [[*names, "all"] for names in train.label_sets], multi_label=True)
    alone = {name: getattr(LINEAR, name) for name in ("encoder", "collator", "trainer")}
    result = nlpkit.run(replace(BAG, data=data, **alone))
    assert result.predicted[:, result.model.labels["all"]].all()


def test_a_pool_of_several_is_weighed_saved_and_loaded(tmp_path: Path) -> None:
    bag = Member(encoder=BAG.encoder, collator=Offsetify(), trainer=BAG.trainer)
    result = nlpkit.run(Experiment(data=DATA, members=(LINEAR, bag)), tmp_path / "pool")
    assert [each["weight"] > 0 for each in result.scored["members"]] == [True, True]
    assert result.scores["f1_micro"] > 0.85
    model = nlpkit.load(tmp_path / "pool")
    assert model.decision == result.model.decision
    assert model.decision.thresholds
    assert model.predict(result.splits.test.texts) == result.model.named(result.probabilities)


@pytest.mark.parametrize("changes", [{}, {"workers": 2}, {"steps": (Mixup(),)}], ids=str)
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(tmp_path: Path, changes: dict[str, Any]) -> None:
    experiment = replace(BAG, trainer=replace(BAG.trainer, epochs=2, **changes))
    nlpkit.run(experiment, tmp_path / "whole")
    stopped(experiment, tmp_path / "stopped", steps=30)
    nlpkit.resume(tmp_path / "stopped")
    assert read(tmp_path / "stopped") == read(tmp_path / "whole")


def test_without_validation_texts_each_threshold_is_a_half() -> None:
    texts, sets = (result := DATA.build()().train).texts, result.label_sets
    split = nlpkit.Split(valid_fraction=0.0)
    data = nlpkit.InMemory(texts, sets, multi_label=True, split=split)
    model = nlpkit.run(replace(BAG, data=data)).model
    assert model.decision.thresholds == ()


def test_one_label_that_texts_have_or_not_is_learned() -> None:
    train = DATA.build()().train
    sets = [[name for name in names if name == "Sports"] for names in train.label_sets]
    result = nlpkit.run(
        replace(BAG, data=nlpkit.InMemory(train.texts, sets, multi_label=True), baseline=True)
    )
    assert result.model.labels.names == ("Sports",)
    assert result.scores["f1_micro"] == result.scores["f1_macro"] > 0.7


@dataclass(frozen=True)
class Means(FittedTrainer):
    """A function for each of two classes, as naive Bayes has: how near a text is to the mean of the class."""

    def problems(self) -> dict[str, str]:
        return {}

    def method(self, classes: int, weights: Any, seed: int) -> Any:
        def fitted(inputs: Any, gold: Any, epoch: int, before: Found | None) -> Found:
            means = np.stack(
                [np.asarray(inputs[gold == each].mean(axis=0)).ravel() for each in range(classes)]
            )
            return Found(means, -(means**2).sum(axis=1) / 2)

        return fitted


def test_a_method_with_a_function_for_each_of_two_classes_is_taken() -> None:
    alone = {name: getattr(LINEAR, name) for name in ("encoder", "collator")}
    assert nlpkit.run(replace(BAG, **alone, trainer=Means())).scores["f1_micro"] > 0.8
