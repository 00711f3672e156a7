from __future__ import annotations

import math

import numpy as np
import pytest

from nlpkit.scoring.closer import closer_tables
from nlpkit.scoring.decisions import MULTI_LABEL, SINGLE_LABEL, Decision
from nlpkit.scoring.metric import ScoredRows

FOUND = np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.9, 0.1]])
TOKENS = np.array([[3, 0], [5, 1], [9, 4], [4, 0]])


def test_rows_have_calibration_and_slices() -> None:
    rows = ScoredRows.of(np.array([0, 1, 1, -1]), FOUND)
    found = closer_tables(rows, 1.0, TOKENS, {"country": ["de", "fr", "de", ""]})
    assert [(table["by"], table["unit"]) for table in found["slices"]] == [
        ("length", "tokens"),
        ("unknown", "of tokens"),
        ("country", ""),
    ]
    assert found["calibration"]["ece"] == found["calibration"]["ece_before"]
    by_country = {each["name"]: each for each in found["slices"][2]["slices"]}
    assert by_country["de"]["accuracy"] == 0.5
    assert by_country["de"]["log_loss"] == pytest.approx(-(math.log(0.8) + math.log(0.4)) / 2)


def test_a_label_that_training_never_saw_is_an_error_without_a_loss() -> None:
    rows = ScoredRows.of(np.array([0, 1, 1, -1]), FOUND)
    [table] = closer_tables(rows, 1.0, None, {"country": ["de", "de", "de", "fr"]})["slices"]
    assert [(each["accuracy"], each["log_loss"] is None) for each in table["slices"]] == [
        (pytest.approx(2 / 3), False),
        (0.0, True),
    ]


def test_what_is_the_same_of_all_texts_is_no_slice() -> None:
    rows = ScoredRows.of(np.array([0, 1]), FOUND[:2])
    found = closer_tables(rows, 1.0, np.array([[3, 0], [3, 0]]), {"country": ["de", "de"]})
    assert [table["by"] for table in found["slices"]] == ["country"]


def test_the_error_before_is_that_of_the_logits_as_they_were() -> None:
    rows = ScoredRows.of(np.array([0, 1, 0, 0]), FOUND)
    found = closer_tables(rows, 0.5, None, {})["calibration"]
    sure = 1 / (1 + ((1 - FOUND.max(axis=1)) / FOUND.max(axis=1)) ** 2)  # of logits twice as large
    assert found["ece_before"] == pytest.approx((1 - sure).mean())  # all are right, and each has a bin


def test_texts_with_any_number_of_labels_have_slices_alone() -> None:
    gold = np.array([[True, False], [False, True], [True, True], [False, False]])
    rows = ScoredRows.of(gold, FOUND, MULTI_LABEL)
    found = closer_tables(rows, 1.0, TOKENS, {"country": ["de", "de", "fr", "fr"]})
    assert set(found) == {"slices"}
    de, fr = found["slices"][-1]["slices"]
    assert (de["accuracy"], fr["accuracy"]) == (1.0, 0.0)
    losses = [math.log(0.8) * 2, math.log(0.7) * 2]
    assert de["log_loss"] == pytest.approx(-sum(losses) / 4)


def test_thresholds_change_the_slices_and_not_how_sure_the_model_is() -> None:
    gold = np.array([0, 1, 0, 0])
    plain, decided = (
        ScoredRows.of(gold, FOUND, each) for each in (SINGLE_LABEL, Decision(thresholds=(0.9, 0.1)))
    )
    one, two = (closer_tables(rows, 1.0, TOKENS, {"country": ["de"] * 4}) for rows in (plain, decided))
    assert one["calibration"] == two["calibration"]
    assert [found["slices"][-1]["slices"][0]["accuracy"] for found in (one, two)] == [1.0, 0.5]


def test_no_rows_have_nothing() -> None:
    rows = ScoredRows.of(np.zeros(0, np.int64), FOUND[:0])
    assert closer_tables(rows, 1.0, TOKENS[:0], {}) == {}
