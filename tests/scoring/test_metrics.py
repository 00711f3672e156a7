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
from nlpkit.scoring.metrics import METRICS, scores, why_undefined
from nlpkit.vocab import Labels

ONE_LABEL = [name for name, metric in METRICS.items() if not metric.several]

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
    assert set(ONE_LABEL) - set(SCORERS) == {
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
    # a scorer takes the classes for those of the gold labels and refuses or guesses where one is absent
    undefined = METRICS[name].binary and found.shape[1] != 2
    absent = not every_class and (
        math.isnan(expected) or (METRICS[name].needs != "any" and math.isnan(value))
    )
    assert close(value, expected) or absent or undefined


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=25)
@given(answer=answers(first=-3))
def test_a_score_of_labels_is_that_of_its_function(name: str, answer: tuple[Gold, Found]) -> None:
    gold, found = answer
    expected = of_sklearn(FUNCTIONS[name], gold, found.argmax(axis=1))
    assert close(scores([name], gold, found).values[name], expected)


@pytest.mark.parametrize("function", ["f1", "precision", "recall", "jaccard"])
@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
@settings(max_examples=25)
@given(answer=answers(first=-3))
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


@given(answer=answers(first=-3))
def test_a_label_never_seen_is_an_error_and_has_no_probability(answer: tuple[Gold, Found]) -> None:
    gold, found = answer
    seen = gold >= 0
    scored = scores(["accuracy", "log_loss"], gold, found)
    assert scored.values["accuracy"] == pytest.approx((gold == found.argmax(axis=1)).mean())
    assert close(scored.values["log_loss"], scores(["log_loss"], gold[seen], found[seen]).values["log_loss"])


def test_labels_never_seen_are_counted_and_the_scores_that_leave_them_out_are_named() -> None:
    found = np.full((3, 2), 0.5)
    said = "{} a label that training never saw, which counts as an error".format
    one = scores(["accuracy", "log_loss", "brier_score"], np.array([0, 1, -1]), found).notes
    assert one == (Note(f"{said('1 row has')}; it is left out of log_loss, brier_score"),)
    assert scores(["accuracy", "log_loss"], np.array([0, 1, -1]), found).notes[0].text.endswith("of log_loss")
    many = scores(["accuracy"], np.array([0, -2, -1]), found).notes
    assert many[0] == Note(said("2 rows have"))


def test_a_class_without_rows_is_named_with_what_macro_averages_are_over() -> None:
    labels = Labels(["cat", "dog", "e.g. a. b"])
    gold, found = np.array([0, 1]), np.eye(3)[[0, 1]]
    [note] = scores(["f1_macro"], gold, found, labels=labels).notes
    assert note.text == (
        "no row has the label 'e.g. a. b'; "
        "macro averages are over the 2 classes that are a label or a prediction"
    )
    scored = scores(["average_precision"], gold, found, labels=labels)
    assert scored.undefined == {
        "average_precision": "average_precision is not defined here: no row has the label 'e.g. a. b'"
    }
    [note] = scores(["f1_macro"], np.array([0]), found[:1]).notes
    assert note.text.startswith(
        "no row has the label 'class 1', 'class 2'; macro averages are over the 1 class"
    )


def test_a_label_never_seen_is_not_among_the_likeliest_two() -> None:
    found = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.7, 0.2, 0.1]])
    gold = np.array([0, 0, -1, -2])
    assert scores(["top_k_accuracy"], gold, found).values == {"top_k_accuracy": 0.25}
    assert scores(["top_k_accuracy"], np.array([-1, -1]), found[:2]).values == {"top_k_accuracy": 0.0}


@pytest.mark.parametrize("name", ONE_LABEL)
def test_no_score_is_made_of_probabilities_that_are_not_numbers(name: str) -> None:
    found = np.array([[0.5, 0.5], [math.nan, math.nan], [0.1, 0.9]])
    scored = scores([name], np.array([0, 0, 1]), found)
    assert math.isnan(scored.values[name])
    assert scored.undefined == {
        name: f"{name} is not defined here: the probabilities of 1 of 3 rows are not numbers"
    }


@pytest.mark.parametrize(
    ("name", "gold", "reason"),
    [
        ("roc_auc", [1, 1], "no row has the label 'neg'"),
        ("average_precision", [0, 0], "no row has the label 'pos'"),
        ("d2_brier_score", [1, 1], "all rows have the label 'pos'"),
        ("d2_log_loss_score", [0, 0], "all rows have the label 'neg'"),
        ("positive_likelihood_ratio", [0, 0], "no row has the label 'pos'"),
        ("neg_negative_likelihood_ratio", [0, 1, -1],
         "it needs two classes, and rows have labels that training never saw"),
        ("log_loss", [-1, -2], "there are no rows of a known class"),
        ("cohen_kappa", [0, 0], ""),
        ("average_precision", [1, 1], ""),
        ("f1", [0, 0], ""),
    ],
)  # fmt: skip
def test_what_the_labels_alone_leave_undefined_is_known_before_anything_is_predicted(
    name: str, gold: list[int], reason: str
) -> None:
    ids, labels = np.array(gold), Labels(["neg", "pos"])
    found = np.array([[0.7, 0.3], [0.4, 0.6], [0.2, 0.8]])[: len(gold)]
    said = f"{name} is not defined here: {reason}" if reason else ""
    assert why_undefined(name, ids, labels) == said
    assert scores([name], ids, found, labels=labels).undefined == ({name: said} if said else {})


def test_kappa_of_one_class_on_both_sides_says_so() -> None:
    scored = scores(["cohen_kappa"], np.array([1, 1]), np.array([[0.1, 0.9], [0.2, 0.8]]))
    assert scored.undefined == {
        "cohen_kappa": "cohen_kappa is not defined here: all labels and all predictions are of one class"
    }


def test_the_f1_of_the_second_of_two_classes_counts_labels_never_seen_as_errors() -> None:
    gold, found = np.array([0, 1, 1, -1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    values = scores(["f1", "precision", "recall", "jaccard"], gold, found).values
    assert values == pytest.approx({"f1": 0.5, "precision": 0.5, "recall": 0.5, "jaccard": 1 / 3})


@settings(max_examples=15)
@given(answer=answers(low=1, first=-3))
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


@pytest.mark.parametrize("name", ONE_LABEL)
def test_the_better_of_two_answers_has_the_better_score(name: str) -> None:
    gold = np.array([0, 0, 1, 1, 1, 0])
    good = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.3, 0.7], [0.55, 0.45], [0.7, 0.3]])
    bad = np.array([[0.4, 0.6], [0.6, 0.4], [0.7, 0.3], [0.4, 0.6], [0.9, 0.1], [0.3, 0.7]])
    better, worse = (scores([name], gold, found).values[name] for found in (good, bad))
    if name == "top_k_accuracy":
        assert better == worse == 1.0  # of two classes one is always among the two likeliest
    else:
        assert (better > worse) == METRICS[name].higher_is_better


def test_the_highest_score_is_that_of_what_is_right_throughout() -> None:
    best = {name: metric.highest for name, metric in METRICS.items() if metric.higher_is_better}
    best = {name: value for name, value in best.items() if name in ONE_LABEL}
    assert best.pop("positive_likelihood_ratio") == math.inf
    found = scores(list(best), np.array([0, 1]), np.eye(2)).values
    assert found == pytest.approx(best)
