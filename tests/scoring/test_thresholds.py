from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score
from sklearn.model_selection import TunedThresholdClassifierCV

from nlpkit import Decision, scores
from nlpkit.scoring.metrics import higher_is_better
from nlpkit.scoring.settings import LABEL_METRICS
from nlpkit.scoring.thresholds import thresholds_for


def drawn(seed: int, rows: int, classes: int) -> tuple[Any, Any]:
    """Gold ids and probabilities that say something of them, and favour the first class."""
    rng = np.random.Generator(np.random.PCG64(seed))
    gold = rng.integers(0, classes, rows)
    logits = rng.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[gold]
    logits[:, 0] += 1.0
    return gold, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def decided(thresholds: Any) -> Decision:
    return Decision(thresholds=tuple(thresholds.tolist()))


def test_of_two_classes_it_is_the_threshold_of_the_second_one() -> None:
    positive = np.array([0.1, 0.3, 0.4, 0.45])
    found = thresholds_for("f1", np.array([0, 0, 1, 1]), np.stack([1 - positive, positive], axis=1))
    middle = np.sqrt((0.7 / 0.3) * (0.6 / 0.4))  # of the odds at which the rows around it turn
    np.testing.assert_allclose(found, [middle / (1 + middle), 1 / (1 + middle)], rtol=1e-12)
    others = np.array([[0.66, 0.34], [0.64, 0.36]])
    assert decided(found).labels(others).tolist() == [0, 1]


class Given(ClassifierMixin, BaseEstimator):
    """A classifier that has its probabilities as features."""

    classes_ = np.array([0, 1])

    def fit(self, features: Any, gold: Any) -> Given:
        self.fitted_ = True
        return self

    def predict_proba(self, features: Any) -> Any:
        return features


@pytest.mark.parametrize("metric", ["f1", "balanced_accuracy", "matthews_corrcoef", "jaccard", "accuracy"])
def test_of_two_classes_it_is_as_good_as_the_best_of_scikit_learn(metric: str) -> None:
    gold, found = drawn(3, 300, 2)
    cuts = np.unique(found[:, 1])
    tuned = TunedThresholdClassifierCV(
        Given().fit(found, gold),
        scoring=metric,
        thresholds=(cuts[1:] + cuts[:-1]) / 2,
        cv="prefit",
        refit=False,
    ).fit(found, gold)
    decision = decided(thresholds_for(metric, gold, found))
    assert scores([metric], gold, found, decision).values[metric] == pytest.approx(
        tuned.best_score_, abs=1e-9
    )


def test_classes_that_are_favoured_get_a_higher_threshold_and_other_rows_a_better_score() -> None:
    gold, found = drawn(5, 2000, 4)
    others, other_found = drawn(6, 2000, 4)
    thresholds = thresholds_for("f1_macro", gold, found)
    assert thresholds.argmax() == 0
    tuned = f1_score(others, decided(thresholds).labels(other_found), average="macro")
    assert tuned > f1_score(others, other_found.argmax(axis=1), average="macro") + 0.02


@pytest.mark.parametrize("metric", LABEL_METRICS)
def test_no_metric_is_worse_than_that_of_the_likeliest_class(metric: str) -> None:
    gold, found = drawn(1, 120, 2)
    plain = scores([metric], gold, found).values[metric]
    tuned = scores([metric], gold, found, decided(thresholds_for(metric, gold, found))).values[metric]
    assert tuned >= plain - 1e-12 if higher_is_better(metric) else tuned <= plain + 1e-12


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 5))
def test_thresholds_add_up_to_one_and_are_never_worse(seed: int, rows: int, classes: int) -> None:
    gold, found = drawn(seed, rows, classes)
    thresholds = thresholds_for("f1_macro", gold, found)
    assert (thresholds > 0).all()
    assert thresholds.sum() == pytest.approx(1)
    tuned = scores(["f1_macro"], gold, found, decided(thresholds)).values["f1_macro"]
    assert tuned >= scores(["f1_macro"], gold, found).values["f1_macro"] - 1e-12


def test_labels_that_training_never_saw_are_errors_whatever_the_thresholds_are() -> None:
    gold, found = drawn(8, 200, 3)
    gold[::5] = -1
    thresholds = thresholds_for("f1_macro", gold, found)
    tuned = scores(["f1_macro"], gold, found, decided(thresholds)).values["f1_macro"]
    assert tuned > scores(["f1_macro"], gold, found).values["f1_macro"]


def test_where_nothing_is_better_all_thresholds_are_the_same() -> None:
    found = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert thresholds_for("accuracy", np.array([0, 1]), found).tolist() == [0.5, 0.5]
