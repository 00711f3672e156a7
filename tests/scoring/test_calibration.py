from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from nlpkit.scoring.calibration import (
    BINS,
    bins_of,
    calibration_table,
    confidence_before,
    expected_calibration_error,
    squared_errors,
)

CONFIDENCE = np.array([0.5, 0.5, 0.9, 0.9, 0.9, 1.0])
RIGHT = np.array([True, False, True, True, False, True])


def sampled(rows: int = 400, sharper: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from some probabilities, and these, sharper than they were."""
    rng = np.random.default_rng(7)
    found = rng.dirichlet([0.6] * 3, rows)
    gold = (found.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)
    found = found**sharper
    return gold, found / found.sum(axis=1, keepdims=True)


def table_of(gold: np.ndarray, found: np.ndarray, groups: tuple[str, ...] = ()) -> dict[str, object]:
    right = found.argmax(axis=1) == gold
    return calibration_table(right, found.max(axis=1), squared_errors(gold, found), groups=groups)


def test_errors_are_those_computed_by_hand() -> None:
    table = calibration_table(RIGHT, CONFIDENCE, np.zeros(6))
    # bins: 0.5 (half of two right), 0.9 (two of three right), 1.0 (right)
    assert table["ece"] == pytest.approx((2 * 0.0 + 3 * (0.9 - 2 / 3) + 1 * 0.0) / 6)
    assert table["mce"] == pytest.approx(0.9 - 2 / 3)
    assert [each["texts"] for each in table["bins"]] == [2, 3, 1]
    assert [each["accuracy"] for each in table["bins"]] == pytest.approx([0.5, 2 / 3, 1.0])


def test_the_edge_of_a_bin_is_in_the_bin_below_it() -> None:
    assert bins_of(np.array([0.0, 1 / BINS, 1 / BINS + 1e-9, 1.0])).tolist() == [0, 0, 1, BINS - 1]


def test_bins_are_those_of_scikit_learn() -> None:
    gold, found = sampled()
    right, confidence = found.argmax(axis=1) == gold, found.max(axis=1)
    accuracies, means = calibration_curve(right, confidence, n_bins=BINS)
    bins = table_of(gold, found)["bins"]
    assert [each["accuracy"] for each in bins] == pytest.approx(accuracies.tolist())
    assert [each["confidence"] for each in bins] == pytest.approx(means.tolist())


@pytest.mark.parametrize("classes", [2, 3])
def test_the_brier_score_is_that_of_scikit_learn_over_all_classes(classes: int) -> None:
    rng = np.random.default_rng(1)
    found, gold = rng.dirichlet([1.0] * classes, 50), rng.integers(0, classes, 50)
    witness = brier_score_loss(gold, found, labels=range(classes), scale_by_half=False)
    assert squared_errors(gold, found).mean() == pytest.approx(witness)


def test_a_label_that_training_never_saw_is_an_error_of_every_class() -> None:
    assert squared_errors(np.array([-1]), np.array([[0.6, 0.4]])) == pytest.approx([0.36 + 0.16 + 1])


def test_confidence_before_is_that_of_the_logits_as_they_were() -> None:
    logits = np.array([[2.0, 1.0, -1.0], [0.1, 0.0, 0.3]])

    def softmax(values: np.ndarray) -> np.ndarray:
        found = np.exp(values)
        return found / found.sum(axis=1, keepdims=True)

    before = confidence_before(softmax(0.4 * logits), 0.4)
    assert before == pytest.approx(softmax(logits).max(axis=1))


def test_sharper_probabilities_are_worse_calibrated_than_those_that_labels_are_drawn_from() -> None:
    good, sharp = (table_of(*sampled(2000, sharper)) for sharper in (1.0, 3.0))
    assert good["ece"] < 0.03 < 0.1 < sharp["ece"]
    assert good["ece_interval"][1] < sharp["ece_interval"][0]
    assert good["brier_interval"][1] < sharp["brier"]


@pytest.mark.parametrize("rows", [2, 30, 400])
def test_intervals_are_around_what_they_are_of(rows: int) -> None:
    table = table_of(*sampled(rows))
    for name in ("ece", "brier"):
        low, high = table[f"{name}_interval"]
        assert 0 <= low <= table[name] <= high


def test_one_row_has_no_interval() -> None:
    table = table_of(*sampled(1))
    assert table["ece_interval"] is table["brier_interval"] is None


def test_rows_of_one_group_are_drawn_together() -> None:
    gold, found = (np.repeat(each, 5, axis=0) for each in sampled(60, 2.0))
    groups = tuple(f"{row // 5}" for row in range(300))
    alone, together = table_of(gold, found), table_of(gold, found, groups)
    widths = [np.ptp(each["brier_interval"]) for each in (alone, together)]
    assert widths[1] > 1.5 * widths[0]


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="there are no rows"):
        calibration_table(np.zeros(0, bool), np.zeros(0), np.zeros(0))


@given(st.data(), st.integers(1, 60))
def test_bins_add_up_to_all_rows(data: st.DataObject, rows: int) -> None:
    confidence = data.draw(arrays(float, rows, elements=st.floats(0, 1)))
    right = data.draw(arrays(bool, rows))
    table = calibration_table(right, confidence, np.zeros(rows))
    bins = table["bins"]
    assert sum(each["texts"] for each in bins) == rows
    assert sum(each["texts"] * each["accuracy"] for each in bins) == pytest.approx(right.sum())
    assert all(each["low"] - 1e-12 <= each["confidence"] <= each["high"] + 1e-12 for each in bins)
    by_bins = sum(each["texts"] * abs(each["accuracy"] - each["confidence"]) for each in bins) / rows
    assert expected_calibration_error(right, confidence) == pytest.approx(by_bins)
    assert table["ece"] <= table["mce"] + 1e-12


def test_more_labels_that_training_never_saw_than_classes_are_errors_like_others() -> None:
    found = np.array([[0.7, 0.3]] * 4)
    assert squared_errors(np.array([-1, -2, -3, 0]), found).tolist() == pytest.approx([1.58] * 3 + [0.18])
