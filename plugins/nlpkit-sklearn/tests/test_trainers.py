from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression as PeerLogisticRegression
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.svm import LinearSVC

from nlpkit import (
    ConfigError,
    Embedding,
    EmbeddingMean,
    Encoder,
    FittedTrainer,
    Linear,
    Note,
    SettingsError,
    Tfidf,
)
from nlpkit.nn import Classifier, probabilities
from nlpkit.training import Rows
from nlpkit_sklearn import NaiveBayes, SgdClassifier

SEED = 13
FINAL = [
    Linear(C=1.0),
    Linear(loss="log_loss", C=1.0),
    NaiveBayes(),
    NaiveBayes(form="complement"),
    SgdClassifier(epochs=3),
]
each_trainer = pytest.mark.parametrize("settings", FINAL, ids=lambda each: type(each).__name__)


def classifier(corpus: Any, encoder: Encoder | None = None) -> Classifier:
    torch.manual_seed(0)
    return Classifier((encoder or Tfidf()).build(corpus.vocab), len(corpus.labels))


def trained(
    settings: FittedTrainer, corpus: Any, encoder: Encoder | None = None, valid: Rows | None = None
) -> tuple[Classifier, list[Any]]:
    model, reports, _ = with_states(settings, corpus, encoder, valid)
    return model, reports


def with_states(
    settings: FittedTrainer, corpus: Any, encoder: Encoder | None = None, valid: Rows | None = None
) -> tuple[Classifier, list[Any], list[Any]]:
    """The model after training, its reports, and the state after each."""
    model, reports, states = classifier(corpus, encoder), [], []
    valid = corpus.valid if valid is None else valid
    training = settings.build(corpus.labels, SEED)(model, corpus.train, valid, None)
    for report in training:
        reports.append(report)
        states.append(training.state())
    return model, reports, states


def nothing(rows: Rows) -> Rows:
    return Rows(rows.ids.take([]), rows.labels[:0], rows.collate)


def logits(model: Classifier, rows: Rows) -> np.ndarray:
    with torch.inference_mode():
        return model(rows.collate(rows.ids)).numpy()


def features(corpus: Any) -> tuple[Any, Any]:
    """scikit-learn's own, of the training and the validation texts."""
    vectorizer = TfidfVectorizer(analyzer=str.split, vocabulary=corpus.vocab.tokens)
    return vectorizer.fit_transform(corpus.texts[:40]), vectorizer.transform(corpus.texts[40:])


@pytest.mark.parametrize(
    ("settings", "peer"),
    [
        (Linear(C=0.5), LinearSVC(C=0.5, random_state=SEED)),
        (Linear(loss="log_loss", C=2.0), PeerLogisticRegression(C=2.0, max_iter=1000)),
        (Linear(C=1.0, class_weights="balanced"), LinearSVC(class_weight="balanced", random_state=SEED)),
        (
            Linear(loss="log_loss", C=1.0, class_weights="balanced"),
            PeerLogisticRegression(class_weight="balanced"),
        ),
    ],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_margins_are_those_of_scikit_learn(
    toy: Callable[..., Any], settings: FittedTrainer, peer: Any, classes: int
) -> None:
    corpus = toy(classes)
    model, _ = trained(settings, corpus, valid=nothing(corpus.valid))
    train, valid = features(corpus)
    expected = peer.fit(train, corpus.train.labels).decision_function(valid)
    found = logits(model, corpus.valid)
    if classes == 2:
        assert not found[:, 0].any()
        found = found[:, 1]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "peer"),
    [
        (Linear(loss="log_loss", C=1.0), PeerLogisticRegression()),
        (NaiveBayes(alpha=0.3), MultinomialNB(alpha=0.3)),
        (NaiveBayes(form="complement"), ComplementNB()),
    ],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_those_of_scikit_learn(
    toy: Callable[..., Any], settings: FittedTrainer, peer: Any, classes: int
) -> None:
    corpus = toy(classes)
    model, _ = trained(settings, corpus)
    train, valid = features(corpus)
    expected = peer.fit(train, corpus.train.labels).predict_proba(valid)
    found = probabilities(model, corpus.valid.ids, corpus.valid.collate)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_each_epoch_of_descent_is_one_of_scikit_learn(toy: Callable[..., Any], classes: int) -> None:
    corpus = toy(classes)
    settings = SgdClassifier(loss="log_loss", epochs=4)
    model, _, states = with_states(settings, corpus, valid=nothing(corpus.valid))
    train, valid = features(corpus)
    peer = SGDClassifier(loss="log_loss")
    for epoch in range(1, 5):
        peer.set_params(random_state=SEED * 1_000_003 + epoch)
        peer.partial_fit(train, corpus.train.labels, classes=range(classes))
        kept = states[epoch - 1]
        np.testing.assert_allclose(kept.optimizer["coefficients"], peer.coef_, rtol=1e-5, atol=1e-5)
    found = logits(model, corpus.valid)
    expected = peer.decision_function(valid)
    np.testing.assert_allclose(found[:, 1] if classes == 2 else found, expected, rtol=1e-5, atol=1e-5)


def test_weights_of_classes_by_name_are_those_of_scikit_learn_by_number(toy: Callable[..., Any]) -> None:
    corpus = toy(3)
    train, valid = features(corpus)
    weights = {"animal": 3.0, "number": 0.5}
    model, _ = trained(Linear(C=1.0, class_weights=weights), corpus, valid=nothing(corpus.valid))
    peer = LinearSVC(class_weight={0: 3.0, 1: 1.0, 2: 0.5}, random_state=SEED).fit(train, corpus.train.labels)
    np.testing.assert_allclose(logits(model, corpus.valid), peer.decision_function(valid), atol=1e-5)
    model, _ = trained(NaiveBayes(class_weights=weights), corpus)
    each = np.array([3.0, 1.0, 0.5])[corpus.train.labels]
    bayes = MultinomialNB().fit(train, corpus.train.labels, sample_weight=each)
    found = probabilities(model, corpus.valid.ids, corpus.valid.collate)
    np.testing.assert_allclose(found, bayes.predict_proba(valid), atol=1e-6)


def test_a_token_of_too_few_texts_is_no_feature_of_naive_bayes(toy: Callable[..., Any]) -> None:
    corpus = toy(3)
    model, _ = trained(NaiveBayes(), corpus, Tfidf(min_texts=5))
    vectorizer = TfidfVectorizer(analyzer=str.split, min_df=5)
    peer = MultinomialNB().fit(vectorizer.fit_transform(corpus.texts[:40]), corpus.train.labels)
    assert 0 < len(vectorizer.vocabulary_) < len(corpus.vocab.tokens)
    found = probabilities(model, corpus.valid.ids, corpus.valid.collate)
    np.testing.assert_allclose(found, peer.predict_proba(vectorizer.transform(corpus.texts[40:])), atol=1e-6)


@each_trainer
def test_classes_that_have_their_own_words_are_told_apart(
    toy: Callable[..., Any], settings: FittedTrainer
) -> None:
    corpus = toy()
    model, reports = trained(settings, corpus)
    assert max(report.valid["accuracy"] for report in reports) >= 0.8
    assert reports[-1].train_accuracy >= 0.9
    of_model = [report for report in reports if report.best][-1]
    chances = corpus.train.probabilities(model)
    of_gold = chances[np.arange(len(corpus.train)), corpus.train.labels]
    assert of_model.train_loss == pytest.approx(-np.log(of_gold).mean(), rel=1e-3)
    assert of_model.train_accuracy == (chances.argmax(axis=1) == corpus.train.labels).mean()
    assert all(report.notes == () for report in reports)
    assert not model.training


@each_trainer
def test_training_goes_on_from_any_epoch_to_the_same_bits(
    toy: Callable[..., Any], settings: FittedTrainer
) -> None:
    corpus = toy()
    model, reports, states = with_states(settings, corpus)
    for place, state in enumerate(states):
        other = Classifier(Tfidf().build(corpus.vocab), 3)
        train = settings.build(corpus.labels, SEED)
        left = list(train(other, corpus.train, corpus.valid, deepcopy(state)))
        assert [each.epoch for each in left] == [each.epoch for each in reports[place + 1 :]]
        for name, weight in model.state_dict().items():
            assert torch.equal(weight, other.state_dict()[name])


def test_the_most_accurate_epoch_is_kept(toy: Callable[..., Any]) -> None:
    corpus = toy()
    model, reports, states = with_states(SgdClassifier(epochs=6, alpha=0.5), corpus)
    ranks = [(-report.valid["accuracy"], report.valid["log_loss"]) for report in reports]
    best = ranks.index(min(ranks))  # of equal ones that with the lowest log loss
    assert [report.epoch for report in reports if report.best][-1] == best + 1
    assert torch.equal(model.head.weight, states[best].model["head.weight"])


def test_two_classes_have_one_linear_function_in_the_second_row(toy: Callable[..., Any]) -> None:
    model, _ = trained(Linear(C=1.0), toy(2))
    assert not model.head.weight[0].any()
    assert not model.head.bias[0]
    assert model.head.weight[1].any()


def test_a_dense_encoder_stays_as_it_is_and_its_head_is_fitted(toy: Callable[..., Any]) -> None:
    corpus, encoder = toy(), EmbeddingMean(embedding=Embedding(size=16))
    before = classifier(corpus, encoder).encoder.embedding.weight
    model, [report] = trained(Linear(loss="log_loss", C=100.0), corpus, encoder)
    assert torch.equal(model.encoder.embedding.weight, before)
    assert report.valid["accuracy"] >= 0.9


def test_a_solver_that_stops_early_says_so(toy: Callable[..., Any]) -> None:
    note = (
        "the solver stopped at trainer.max_iter before it had converged: raise it, or trainer.tol, or lower "
        "trainer.C"
    )
    for settings in (Linear(C=1e4, max_iter=1), Linear(loss="log_loss", C=1e4, max_iter=1)):
        _, [report] = trained(settings, toy())
        assert report.notes == (Note(note),)


def test_naive_bayes_refuses_outputs_that_are_no_counts(toy: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        trained(NaiveBayes(), toy(), EmbeddingMean(embedding=Embedding(size=4)))
    assert str(caught.value) == (
        "encoder: naive Bayes counts, and some outputs of the encoder are below 0\n"
        '  choose an encoder of counts, such as "tfidf", or another trainer, such as "linear"'
    )


def test_a_single_class_is_refused(toy: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        trained(Linear(C=1.0), toy(1))
    assert str(caught.value) == "trainer: scikit-learn tells two classes or more apart, and there is 1"


def test_a_class_without_training_rows_is_refused(toy: Callable[..., Any]) -> None:
    corpus = toy()
    few = Rows(corpus.train.ids.take([0, 1]), corpus.train.labels[:2], corpus.train.collate)
    with pytest.raises(ConfigError, match="trainer: no training text is of class 2"):
        trained(Linear(C=1.0), replace(corpus, train=few))


def test_a_table_that_names_no_class_is_refused(toy: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        trained(Linear(C=1.0, class_weights={"color": 2.0}), toy())
    assert str(caught.value) == (
        "trainer.class_weights: class_weights names 'color', which is no class of the training texts; "
        "did you mean colour?"
    )


@pytest.mark.parametrize(
    ("settings", "changes", "problem"),
    [
        (Linear, {"C": 0.0}, "C: 0.0 is not a number from 1e-09 to 1e+09"),
        (Linear, {"max_iter": 0}, "max_iter: 0 is not a whole number from 1 to 2147483647"),
        (Linear, {"tol": -1.0}, "tol: -1.0 is not a number from 1e-16 to 1"),
        (NaiveBayes, {"form": "gauss"}, "form: 'gauss' is not one of multinomial, complement"),
        (SgdClassifier, {"loss": "squared"}, "loss: 'squared' is not one of hinge, log_loss, modified_huber"),
        (SgdClassifier, {"epochs": 0}, "epochs: 0 is not a whole number from 1 to 1000000"),
        (
            Linear,
            {"class_weights": "even"},
            "class_weights: 'even' is not none, balanced or a table of: a number",
        ),
        (
            Linear,
            {"class_weights": {"a": 0.0}},
            "class_weights: 'a' weighs 0; a weight is a number from 1e-09 to 1e+09",
        ),
    ],
)
def test_a_setting_out_of_bounds_is_refused(settings: Any, changes: Any, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(**changes)
    assert str(caught.value) == problem
