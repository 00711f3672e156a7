from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.components.losses import CrossEntropy, Focal
from nlpkit.errors import SettingsError
from nlpkit.scoring.decisions import MULTI_LABEL, Decision
from nlpkit.scoring.intervals import intervals, resampled_scores
from nlpkit.scoring.metric import ScoredRows
from nlpkit.scoring.metrics import METRICS, score_of, scores, why_undefined
from nlpkit.scoring.multi_label import balanced_weights, best_threshold, tuned_thresholds
from nlpkit.scoring.paired import paired_sets
from nlpkit.scoring.resamples import Resamples
from nlpkit.scoring.scorers import MANY
from nlpkit.scoring.set_tables import set_table
from nlpkit.vocab import Labels

LOGITS = torch.tensor([[0.0, 2.0], [-1.0, 1.0]])
GOLD = torch.tensor([[True, False], [False, True]])


def rows(count: int = 60, labels: int = 4, *, unseen: int = 0, seed: int = 0) -> ScoredRows:
    rng = np.random.default_rng(seed)
    gold = rng.random((count, labels + unseen)) < 0.3
    found = 0.4 * gold[:, :labels] + 0.6 * rng.random((count, labels))
    return ScoredRows.of(gold, found, MULTI_LABEL)


def test_each_label_is_likely_for_itself() -> None:
    found = Decision("multi_label", temperature=2.0).probabilities(LOGITS)
    torch.testing.assert_close(found, torch.sigmoid(LOGITS.double() / 2))


def test_labels_are_those_as_likely_as_their_threshold() -> None:
    chances = np.array([[0.5, 0.2], [0.4, 0.3]])
    assert MULTI_LABEL.labels(chances).tolist() == [[True, False], [False, False]]
    tuned = Decision("multi_label", thresholds=(0.4, 0.3))
    assert tuned.labels(chances).tolist() == [[True, False], [True, True]]


def test_right_are_texts_with_exactly_their_labels() -> None:
    assert MULTI_LABEL.right(LOGITS, torch.tensor([[True, True], [False, False]])) == 1


@pytest.mark.parametrize("thresholds", [(1.5,), (-0.1, 0.5), (math.nan,)])
def test_a_threshold_is_a_probability(thresholds: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError, match="thresholds"):
        Decision("multi_label", thresholds=thresholds)


def test_the_loss_is_the_binary_cross_entropy_of_each_label() -> None:
    # ln(1 + e^-0) = .6931, ln(1 + e^2) = 2.1269, ln(1 + e^-1) = .3133 twice; the mean of two labels a text
    loss = MULTI_LABEL.loss(None, 0.0, torch.device("cpu"))
    assert float(loss(LOGITS, GOLD)) == pytest.approx((0.6931 + 2.1269 + 0.3133 + 0.3133) / 2, abs=1e-3)
    assert loss.weight_of(GOLD.numpy()) == 2


def test_a_weight_counts_the_texts_that_have_the_label() -> None:
    loss = MULTI_LABEL.loss(np.array([3.0, 1.0]), 0.0, torch.device("cpu"))
    assert float(loss(LOGITS, GOLD)) == pytest.approx((3 * 0.6931 + 2.1269 + 0.3133 + 0.3133) / 2, abs=1e-3)
    assert balanced_weights(np.array([[True], [False], [False], [False]])).tolist() == [3.0]


def test_smoothed_labels_are_between_yes_and_no() -> None:
    smoothed = CrossEntropy(label_smoothing=0.2).build_multi_label(None)
    wanted = torch.tensor([[0.9, 0.1], [0.1, 0.9]])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(LOGITS, wanted) * 2
    torch.testing.assert_close(smoothed(LOGITS, GOLD), expected)


def test_a_focal_loss_of_gamma_0_is_cross_entropy_and_more_gamma_counts_sure_labels_less() -> None:
    plain = CrossEntropy().build_multi_label(None)(LOGITS, GOLD)
    torch.testing.assert_close(Focal(gamma=0.0).build_multi_label(None)(LOGITS, GOLD), plain)
    p = torch.sigmoid(LOGITS * torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
    expected = (-((1 - p) ** 2) * p.log()).mean(dim=1).sum()
    torch.testing.assert_close(Focal().build_multi_label(None)(LOGITS, GOLD), expected)


def test_the_best_threshold_is_half_way_below_the_last_that_it_gives() -> None:
    # given .9 alone: F1 = 2/3; .9 and .6: 1/2; .9, .6 and .5: 4/5; all: 2/3
    chances, gold = np.array([0.6, 0.9, 0.1, 0.5]), np.array([False, True, False, True])
    assert best_threshold(chances, gold) == 0.3


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.7, 0.9]), st.booleans()), min_size=1))
def test_no_other_threshold_has_a_higher_f1(pairs: list[tuple[float, bool]]) -> None:
    chances, gold = np.array([p for p, _ in pairs]), np.array([g for _, g in pairs])

    def f1(threshold: float) -> float:
        return float(sklearn.metrics.f1_score(gold, chances >= threshold, zero_division=0))

    if gold.any():
        assert f1(best_threshold(chances, gold)) == max(f1(each) for each in (0.05, 0.15, 0.3, 0.6, 0.8))


def test_labels_of_few_texts_share_a_threshold() -> None:
    rng = np.random.default_rng(3)
    gold = np.stack(
        [rng.random(200) < 0.5, np.arange(200) < 3, np.arange(200) > 190, np.zeros(200, bool)], axis=1
    )
    chances = np.clip(gold * 0.2 + rng.random((200, 4)) * 0.8, 0, 1)
    often, *seldom = tuned_thresholds(chances, gold)
    assert often == best_threshold(chances[:, 0], gold[:, 0])
    assert seldom == [best_threshold(chances[:, 1:].ravel(), gold[:, 1:].ravel())] * 3
    assert tuned_thresholds(chances, np.zeros_like(gold)) == ()


def test_a_label_without_texts_takes_the_threshold_of_all_others() -> None:
    rng = np.random.default_rng(4)
    gold = np.stack([rng.random(200) < 0.5, rng.random(200) < 0.5, np.zeros(200, bool)], axis=1)
    chances = np.clip(gold * 0.2 + rng.random((200, 3)) * 0.8, 0, 1)
    assert tuned_thresholds(chances, gold)[2] == best_threshold(chances.ravel(), gold.ravel())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("labels", [1, 4])
@pytest.mark.parametrize("metric", MANY)
def test_a_score_is_scikit_learns(metric: str, labels: int) -> None:
    found = rows(labels=labels)
    value, reason = score_of(metric, found)
    if metric == "average_precision_samples" and labels == 1:
        assert reason == "it orders the labels of a text, and there is one"
        return
    scorer = MANY[metric]
    function = getattr(sklearn.metrics, scorer.function)
    given = found.probabilities if scorer.reads == "probabilities" else found.predicted
    if scorer.apart or labels == 1:
        if metric in ("coverage_error", "label_ranking_ap", "label_ranking_loss"):
            return  # scikit-learn refuses a single column
        if metric.endswith(("_samples", "zero_one_loss")) or metric == "accuracy":
            gold = found.gold
            expected = {"accuracy": (gold == given).mean(), "zero_one_loss": (gold != given).mean()}
            assert value == pytest.approx(expected.get(metric, (gold & (given > 0.5)).mean()))
            return
        expected = scorer.sign * function(found.gold.ravel(), given.ravel())
    else:
        expected = function(found.gold, given, **scorer.options)
    assert value == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("unseen", [0, 2])
@pytest.mark.parametrize("metric", MANY)
def test_a_score_of_a_resample_is_scikit_learns(metric: str, unseen: int, *, grouped: bool) -> None:
    found = rows(40, 3, unseen=unseen)
    resamples = Resamples(40, [f"{row // 3}" for row in range(40)] if grouped else ())
    quick = resampled_scores(metric, found, resamples)
    if quick is None:
        assert MANY[metric].reads == "probabilities"
        return
    drawn = [found.take(each) for _, each in zip(range(5), resamples.indices(), strict=False)]
    np.testing.assert_allclose(quick[:5], [score_of(metric, each)[0] for each in drawn], rtol=1e-9, atol=1e-9)


def test_scores_have_intervals_around_them() -> None:
    found = rows(200)
    for name, each in intervals(["accuracy", "f1_micro", "log_loss", "roc_auc_macro"], found).items():
        assert each.low < score_of(name, found)[0] < each.high


def test_scores_of_one_label_a_text_are_refused_for_many_and_the_other_way_round() -> None:
    gold = np.array([[True], [False]])
    assert why_undefined("cohen_kappa", gold, Labels(["a"])) == (
        "cohen_kappa is not defined here: it is for one label a text, and these have any number"
    )
    found = scores(["f1_samples"], np.array([0, 1]), np.eye(2))
    assert found.undefined["f1_samples"].endswith("it is for texts with any number of labels")
    assert set(MANY) <= set(METRICS)


def test_labels_that_training_never_saw_are_errors_of_labels_and_of_no_probability() -> None:
    gold = np.array([[True, False], [False, True]])
    found = scores(["f1_micro", "accuracy", "log_loss"], gold, np.array([[0.9], [0.1]]), MULTI_LABEL)
    assert found.values["f1_micro"] == pytest.approx(2 / 3)
    assert found.values["accuracy"] == 0.5
    assert found.values["log_loss"] == pytest.approx(-math.log(0.9))
    assert "1 row has a label that training never saw" in found.notes[0].text


def test_a_table_has_rates_and_thresholds_of_each_label() -> None:
    gold = [("a",), ("a", "b"), (), ("c",)]
    labels = Labels(["a", "b"])
    chances = np.array([[0.9, 0.1], [0.4, 0.8], [0.6, 0.2], [0.1, 0.1]])
    decision = Decision("multi_label", thresholds=(0.5, 0.3))
    table = set_table({}, labels, gold, ScoredRows.of(labels.matrix(gold), chances, decision, labels))
    assert [
        (row["name"], row["support"], row["predicted"], row["threshold"]) for row in table["classes"]
    ] == [
        ("a", 2, 2, 0.5),
        ("b", 1, 1, 0.3),
        ("c", 1, 0, None),
    ]
    assert [row["f1"] for row in table["classes"]] == [0.5, 1.0, 0.0]
    assert table["averages"]["micro"]["f1"] == pytest.approx(4 / 7)
    assert table["accuracy"] == 0.25
    assert table["labels_per_text"] == {"gold": 1.0, "predicted": 0.75}
    assert table["unlabelled"] == {"gold": 1, "predicted": 1}


def test_a_difference_of_micro_f1_is_that_of_both_scores() -> None:
    one, two = rows(100, seed=1), rows(100, seed=1)
    other = np.roll(two.predicted, 1, axis=0)
    pair = paired_sets(one.gold, one.predicted, other)
    f1 = [sklearn.metrics.f1_score(one.gold, each, average="micro") for each in (one.predicted, other)]
    assert pair.difference == pytest.approx(f1[0] - f1[1])
    assert pair.interval.low < pair.difference < pair.interval.high
    assert pair.p is None
