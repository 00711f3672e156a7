from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nlpkit.runs.result import best_epoch
from nlpkit.scoring.intervals import Interval
from nlpkit.scoring.tables import finite, score_table
from nlpkit.vocab import Labels


def table(names: list[str], gold: list[str], found: list[int]) -> dict[str, Any]:
    return score_table({"accuracy": 0.5}, Labels(names), gold, np.array(found))


def row(
    name: str, precision: float, recall: float, f1: float, support: int, predicted: int
) -> dict[str, Any]:
    rates = {"precision": precision, "recall": recall, "f1": f1}
    return {"name": name, **rates, "support": support, "predicted": predicted}


def test_the_numbers_of_a_small_case_are_those_counted_by_hand() -> None:
    found = table(["a", "b"], list("aaab"), [0, 0, 1, 1])
    assert found == {
        "texts": 4,
        "scores": {"accuracy": 0.5},
        "intervals": {},
        "interval_notes": [],
        "accuracy": 0.75,
        "majority_accuracy": 0.75,
        "unseen_labels": 0,
        "classes": [row("a", 1.0, 2 / 3, 0.8, 3, 2), row("b", 0.5, 1.0, 2 / 3, 1, 2)],
        "averages": {
            "macro": {"precision": 0.75, "recall": pytest.approx(5 / 6), "f1": pytest.approx(11 / 15)},
            "weighted": {"precision": 0.875, "recall": 0.75, "f1": pytest.approx(23 / 30)},
        },
        "macro_classes": 2,
        "confusion_matrix": [[2, 1], [0, 1]],
        "confusions": [{"gold": "a", "predicted": "b", "texts": 1}],
    }
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_intervals_are_numbers_and_those_that_are_missing_are_explained() -> None:
    moved = {
        "accuracy": Interval(0.5, 0.75),
        "f1": Interval(0.5, 0.75, "not defined in 3 of 200 resamples, which are left out"),
        "roc_auc": Interval(note="it is the same in every resample"),
        "recall": Interval(),
    }
    found = score_table({}, Labels(["a", "b"]), ["a", "b"], np.array([0, 1]), moved)
    assert found["intervals"] == {
        "accuracy": [0.5, 0.75],
        "f1": [0.5, 0.75],
        "roc_auc": None,
        "recall": None,
    }
    assert found["interval_notes"] == [
        "f1 is not defined in 3 of 200 resamples, which are left out",
        "roc_auc has no interval: it is the same in every resample",
    ]


def test_groups_are_counted() -> None:
    found = score_table({}, Labels(["a"]), ["a"] * 3, np.zeros(3, int), groups=["x", "y", "x"])
    assert found["groups"] == 2


def test_labels_never_seen_are_classes_behind_the_others() -> None:
    found = table(["a", "b"], ["a", "b", "z", "go", "z"], [0, 0, 1, 1, 1])
    assert found["classes"] == [
        row("a", 0.5, 1.0, 2 / 3, 1, 2),
        row("b", 0, 0, 0, 1, 3),
        row("go", 0, 0, 0, 1, 0),
        row("z", 0, 0, 0, 2, 0),
    ]
    assert {type(each[count]) for each in found["classes"] for count in ("support", "predicted")} == {int}
    assert found["confusion_matrix"] == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 2, 0, 0]]
    assert found["confusions"][0] == {"gold": "z", "predicted": "b", "texts": 2}
    assert (found["accuracy"], found["majority_accuracy"], found["unseen_labels"]) == (0.2, 0.4, 2)
    assert (found["averages"]["macro"]["recall"], found["macro_classes"]) == (0.25, 4)


def test_a_class_that_is_neither_a_label_nor_a_prediction_counts_in_no_average() -> None:
    found = table(["a", "b", "c"], ["a", "b"], [0, 1])
    assert found["classes"][2] == row("c", 0.0, 0.0, 0.0, 0, 0)
    assert found["confusion_matrix"] == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert (found["averages"]["macro"]["f1"], found["macro_classes"]) == (1.0, 2)
    assert found["averages"]["weighted"]["f1"] == 1.0
    predicted = table(["a", "b", "c"], ["a", "b", "b"], [0, 1, 2])
    assert (predicted["averages"]["macro"]["precision"], predicted["macro_classes"]) == (2 / 3, 3)


@pytest.mark.filterwarnings("error")
def test_one_class_alone_is_a_table_too() -> None:
    found = table(["a"], ["a", "a"], [0, 0])
    assert (found["classes"], found["confusion_matrix"]) == ([row("a", 1.0, 1.0, 1.0, 2, 2)], [[2]])


@pytest.mark.parametrize("names", [["10", "9", "1"], ["(z)", "x"], ["", "a" * 300], ["__proto__", "a\nb"]])
def test_names_are_whole_and_in_order_whatever_they_are(names: list[str]) -> None:
    found = table(names, [*names[:2], "not one"], [0, 1, 1])
    assert [row["name"] for row in found["classes"]] == [*names, "not one"]


def test_without_rows_there_are_only_scores() -> None:
    found = score_table({"accuracy": float("nan")}, Labels(["a"]), [], np.array([], int))
    assert found == {"texts": 0, "scores": {"accuracy": None}}


def test_ten_thousand_classes_take_no_square_of_that() -> None:
    labels = Labels([f"class {i:05}" for i in range(10_000)])
    gold = [*labels.names[::10], labels.names[5], labels.names[5], "another"]
    scored = score_table({"accuracy": 0.0}, labels, gold, np.full(len(gold), 7))
    assert scored["confusion_matrix"] == []
    assert len(scored["classes"]) == 10_001
    assert scored["classes"][5] == row("class 00005", 0.0, 0.0, 0.0, 2, 0)
    assert scored["confusions"][0] == {"gold": "class 00005", "predicted": "class 00007", "texts": 2}
    assert len(scored["confusions"]) == 100
    assert scored["majority_accuracy"] == 2 / len(gold)


def test_labels_of_another_kind_altogether_take_no_square_either() -> None:
    gold = [f"text {i}" for i in range(199)]
    assert len(table(["a"], gold, [0] * 199)["confusion_matrix"]) == 200
    assert table(["a"], [*gold, "more"], [0] * 200)["confusion_matrix"] == []


def epoch(number: int, best: bool, **valid: float) -> Any:
    return SimpleNamespace(epoch=number, best=best, valid=valid)


def test_the_best_epoch_is_the_last_one_that_was_the_best_so_far() -> None:
    epochs = [
        epoch(1, True, accuracy=0.5),
        epoch(2, True, accuracy=0.75, log_loss=float("inf")),
        epoch(3, False, accuracy=0.25),
    ]
    assert best_epoch(epochs) == {"best_epoch": 2, "best_valid": {"accuracy": 0.75, "log_loss": None}}
    assert best_epoch([]) == {"best_epoch": None, "best_valid": {}}


def test_what_json_does_not_have_is_null() -> None:
    assert finite({"a": float("nan"), "b": float("inf"), "c": 1.5, "d": "x"}) == {
        "a": None,
        "b": None,
        "c": 1.5,
        "d": "x",
    }
