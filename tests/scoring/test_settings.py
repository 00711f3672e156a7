from __future__ import annotations

from typing import Any

import pytest

from nlpkit import DecisionConfig, Experiment, InMemory, SettingsError, Split
from nlpkit.scoring.counted import COUNTED
from nlpkit.scoring.settings import LABEL_METRICS


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"precision": 1.0}, "precision: 1.0 is not a number from 0.01 to 0.9999"),
        ({"precision": 0}, "precision: 0.0 is not a number from 0.01 to 0.9999"),
        ({"coverage": 95}, "coverage: 95.0 is not a number from 0.01 to 0.9999"),
        ({"accuracy": 0.9, "confidence": 0.2}, "confidence: 0.2 is not a number from 0.5 to 0.9999"),
        ({"thresholds": "log_loss"}, "thresholds: 'log_loss' is a score of probabilities, which thresholds"),
        ({"thresholds": "top_k_accuracy"}, "thresholds: 'top_k_accuracy' is a score of ranks, which"),
        (
            {"thresholds": "f1_makro"},
            "'f1_makro' is no metric of labels that comes with nlpkit; did you mean f1_ma",
        ),
        (
            {"precision": 0.9, "accuracy": 0.9},
            "accuracy: is given beside precision: both say which texts get no",
        ),
        (
            {"thresholds": "f1", "precision": 0.9},
            "precision: is given beside thresholds: texts that thresholds are",
        ),
        (
            {"thresholds": "f1", "coverage": 0.9},
            "coverage: is given beside thresholds: a set of labels has no use",
        ),
        (
            {"accuracy": 0.9, "coverage": 0.9},
            "coverage: is given beside accuracy: a text without a label would",
        ),
        ({"coverage": 0.9, "confidence": 0.9}, "confidence: has no effect without precision or accuracy"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        DecisionConfig(**given)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("given", "goal", "value"),
    [
        ({}, "likeliest", None),
        ({"thresholds": "f1"}, "thresholds", "f1"),
        ({"precision": 0.9}, "precision", 0.9),
        ({"accuracy": 0.8, "confidence": 0.9}, "accuracy", 0.8),
        ({"coverage": 0.7}, "coverage", 0.7),
    ],
)
def test_one_of_four_is_wanted_or_the_likeliest(given: dict[str, Any], goal: str, value: object) -> None:
    assert (DecisionConfig(**given).goal, DecisionConfig(**given).value) == (goal, value)


def test_thresholds_are_for_every_metric_that_is_computed_from_counts_of_labels() -> None:
    assert set(LABEL_METRICS) == set(COUNTED)


def test_without_validation_rows_it_is_refused_when_the_experiment_is_made() -> None:
    data = InMemory([*"abcdef"], [*"xyxyxy"], split=Split(valid_fraction=0.0))
    with pytest.raises(SettingsError, match="decision: is chosen on validation rows, and there are none"):
        Experiment(data=data, decision=DecisionConfig(precision=0.9))
    assert Experiment(data=data).decision.goal == "likeliest"
