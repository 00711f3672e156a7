from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from nlpkit.notes import Note
from nlpkit.scoring.metrics import METRICS, scores

Gold = NDArray[np.int64]
Found = NDArray[np.float64]

OTHERS = {  # scorers of clusterings, of numbers and of several labels a text
    "adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score", "fowlkes_mallows_score",
    "homogeneity_score", "mutual_info_score", "normalized_mutual_info_score", "rand_score",
    "v_measure_score", "d2_absolute_error_score", "explained_variance", "r2",
    "f1_samples", "jaccard_samples", "precision_samples", "recall_samples",
}  # fmt: skip
SCORERS = sorted(
    name
    for name in sklearn.metrics.get_scorer_names()
    if name not in OTHERS and "error" not in name and "deviance" not in name
)
FUNCTIONS: dict[str, Any] = {
    "accuracy": sklearn.metrics.accuracy_score,
    "balanced_accuracy": sklearn.metrics.balanced_accuracy_score,
    "matthews_corrcoef": sklearn.metrics.matthews_corrcoef,
    "cohen_kappa": sklearn.metrics.cohen_kappa_score,
    "hamming_loss": sklearn.metrics.hamming_loss,
    "zero_one_loss": sklearn.metrics.zero_one_loss,
}


class Fixed(ClassifierMixin, BaseEstimator):
    """A classifier that has fitted already, and whose answer to any rows is known."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.classes_ = np.arange(found.shape[1])

    def fit(self, X: Any, y: Any) -> Fixed:
        return self

    def predict(self, X: Any) -> Gold:
        return self.found.argmax(axis=1)

    def predict_proba(self, X: Any) -> Found:
        return self.found


@st.composite
def answers(draw: st.DrawFn, low: int = 2, high: int = 6, first: int = 0) -> tuple[Gold, Found]:
    """Gold ids, in which classes may be absent, and probabilities, some of them tied."""
    classes = draw(st.integers(low, high))
    gold = draw(st.lists(st.integers(first, classes - 1), min_size=1, max_size=30))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    coarse = random.integers(1, 6, (len(gold), classes)).astype(np.float64)
    return np.array(gold), coarse / coarse.sum(axis=1, keepdims=True)


def of_sklearn(function: Any, *arguments: Any, **options: Any) -> float:
    """What scikit-learn says, NaN where it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(function(*arguments, **options))
        except ValueError:
            return math.nan


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))


def test_every_scorer_of_classifications_is_here() -> None:
    assert set(SCORERS) <= set(METRICS)
    assert set(METRICS) - set(SCORERS) == {
        "brier_score", "cohen_kappa", "hamming_loss", "log_loss", "zero_one_loss"
    }  # fmt: skip


@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=25)
@given(answer=answers())
def test_a_score_is_that_of_the_scorer_of_its_name(name: str, answer: tuple[Gold, Found]) -> None:
    gold, found = answer
    expected = of_sklearn(sklearn.metrics.get_scorer(name), Fixed(found), np.zeros((len(gold), 1)), gold)
    value = scores([name], gold, found).values[name]
    every_class = len(set(gold.tolist())) == found.shape[1]
    # a scorer takes the classes for those of the gold labels and refuses where one is absent
    undefined = METRICS[name].binary and found.shape[1] != 2
    assert close(value, expected) or (math.isnan(expected) and not every_class) or undefined


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=25)
@given(answer=answers(first=-1))
def test_a_score_of_labels_is_that_of_its_function(name: str, answer: tuple[Gold, Found]) -> None:
    gold, found = answer
    expected = of_sklearn(FUNCTIONS[name], gold, found.argmax(axis=1))
    assert close(scores([name], gold, found).values[name], expected)


@pytest.mark.parametrize("function", ["f1", "precision", "recall", "jaccard"])
@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
@settings(max_examples=25)
@given(answer=answers(first=-1))
def test_an_average_is_that_of_its_function(function: str, average: str, answer: tuple[Gold, Found]) -> None:
    gold, found = answer
    theirs = getattr(sklearn.metrics, f"{function}_score")
    expected = of_sklearn(theirs, gold, found.argmax(axis=1), average=average, zero_division=0)
    name = f"{function}_{average}"
    assert close(scores([name], gold, found).values[name], expected)


@given(answer=answers())
def test_losses_are_those_of_their_functions_also_where_a_class_is_absent(
    answer: tuple[Gold, Found],
) -> None:
    gold, found = answer
    classes = range(found.shape[1])
    values = scores(["log_loss", "neg_log_loss", "brier_score", "neg_brier_score"], gold, found).values
    log_loss = -np.log(found[np.arange(len(gold)), gold]).mean()
    assert values["log_loss"] == pytest.approx(log_loss, rel=1e-12, abs=1e-12)
    assert values["neg_log_loss"] == -values["log_loss"]
    brier = ((found - np.eye(len(classes))[gold]) ** 2).sum(axis=1).mean() / (2 if len(classes) == 2 else 1)
    assert values["brier_score"] == pytest.approx(brier, rel=1e-12, abs=1e-12)
    assert values["neg_brier_score"] == -values["brier_score"]


@given(answer=answers(first=-1))
def test_a_label_never_seen_is_an_error_and_has_no_probability(answer: tuple[Gold, Found]) -> None:
    gold, found = answer
    seen = gold >= 0
    scored = scores(["accuracy", "log_loss"], gold, found)
    assert scored.values["accuracy"] == pytest.approx((gold == found.argmax(axis=1)).mean())
    assert close(scored.values["log_loss"], scores(["log_loss"], gold[seen], found[seen]).values["log_loss"])
    if not seen.all():
        count = (~seen).sum()
        rows = "1 row has" if count == 1 else f"{count} rows have"
        assert scored.notes[-1].text == f"{rows} a label that training never saw, which counts as an error"


def test_the_f1_of_the_second_of_two_classes_counts_labels_never_seen_as_errors() -> None:
    gold, found = np.array([0, 1, 1, -1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    values = scores(["f1", "precision", "recall", "jaccard"], gold, found).values
    assert values == pytest.approx({"f1": 0.5, "precision": 0.5, "recall": 0.5, "jaccard": 1 / 3})


@settings(max_examples=15)
@given(answer=answers(low=1, first=-1))
def test_every_metric_gives_a_number_or_says_why_not(answer: tuple[Gold, Found]) -> None:
    gold, found = answer
    scored = scores(list(METRICS), gold, found)
    for name, value in scored.values.items():
        assert math.isnan(value) == (name in scored.undefined)
        assert isinstance(value, float)
    for name, reason in scored.undefined.items():
        assert reason.startswith(f"{name} is not defined here: ")
        assert "\n" not in reason and not reason.endswith(".")
        assert Note(reason) in scored.notes


def test_no_rows_have_no_scores() -> None:
    scored = scores(list(METRICS), np.empty(0, np.int64), np.empty((0, 3)))
    assert all(math.isnan(value) for value in scored.values.values())
    assert len(scored.notes) == len(METRICS)


def test_a_metric_of_two_classes_says_how_many_there_are() -> None:
    scored = scores(["f1", "roc_auc"], np.array([0, 1, 2]), np.eye(3))
    assert tuple(map(str, scored.notes)) == (
        "f1 is not defined here: it needs two classes, and there are 3",
        "roc_auc is not defined here: it needs two classes, and there are 3",
    )


def test_a_metric_that_scikit_learn_lacks_is_not_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sklearn.metrics, "d2_brier_score")
    scored = scores(["d2_brier_score"], np.array([0, 1]), np.eye(2))
    assert math.isnan(scored.values["d2_brier_score"])
    assert tuple(map(str, scored.notes)) == (
        "d2_brier_score is not defined here: module 'sklearn.metrics' has no attribute 'd2_brier_score'",
    )


@pytest.mark.parametrize("name", METRICS)
def test_the_better_of_two_answers_has_the_better_score(name: str) -> None:
    gold = np.array([0, 0, 1, 1, 1, 0])
    good = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.3, 0.7], [0.55, 0.45], [0.7, 0.3]])
    bad = np.array([[0.4, 0.6], [0.6, 0.4], [0.7, 0.3], [0.4, 0.6], [0.9, 0.1], [0.3, 0.7]])
    better, worse = (scores([name], gold, found).values[name] for found in (good, bad))
    if name == "top_k_accuracy":
        assert better == worse == 1.0  # of two classes one is always among the two likeliest
    else:
        assert (better > worse) == METRICS[name].higher_is_better
