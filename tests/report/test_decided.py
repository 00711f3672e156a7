from __future__ import annotations

from typing import Any

import pytest

from nlpkit.report import text as report
from tests.report.test_report import DESCRIBED, EPOCHS, page_of, scored

PRECISION = {
    "kind": "precision",
    "asked": 0.9,
    "confidence": 0.8,
    "thresholds": {"a": 0.75, "b": None, "<c>\x1b[31m": 0.5},
    "validation": {"texts": 40, "answered": 0.5, "accuracy": 0.95, "interval": [0.76, 0.99]},
    "test": {
        "texts": 30,
        "answered": 0.4,
        "accuracy": 0.9167,
        "interval": [0.65, 0.98],
        "precision": {"a": 0.9167, "b": None, "<c>\x1b[31m": None},
        "intervals": {"a": [0.65, 0.98], "b": None, "<c>\x1b[31m": None},
        "given": {"a": 12, "b": 0, "<c>\x1b[31m": 0},
    },
}
KINDS: list[tuple[dict[str, Any], str]] = [
    (
        PRECISION,
        "labels for precision = 0.9 with confidence 0.8, chosen on the validation texts\n"
        "  validation  50.0% of 40 texts get a label, accuracy 0.9500 [0.7600, 0.9900]\n"
        "  test        40.0% of 30 texts get a label, accuracy 0.9167 [0.6500, 0.9800]\n"
        "  a ",
    ),
    (
        {
            "kind": "accuracy",
            "asked": 0.9,
            "confidence": 0.8,
            "level": None,
            "test": {"texts": 30, "answered": 0.0, "accuracy": None, "interval": None},
        },
        "labels for accuracy = 0.9 with confidence 0.8, chosen on the validation texts\n"
        "  test        0.0% of 30 texts get a label, accuracy not defined\n\n",
    ),
    (
        {
            "kind": "coverage",
            "asked": 0.9,
            "level": 0.2,
            "validation": {"texts": 0},
            "test": {"texts": 30, "coverage": 0.9, "interval": [0.7, 1], "set_size": 1.5, "single": 0.5},
        },
        "labels for coverage = 0.9, chosen on the validation texts\n"
        "  test        0.9000 [0.7000, 1.0000], 1.50 labels a set, 50.0% of one\n\n",
    ),
    (
        {
            "kind": "thresholds",
            "asked": "f1_macro",
            "thresholds": {"a": 0.25, "b": 0.75},
            "test": {"texts": 30, "score": 0.8, "interval": [0.7, 0.9], "likeliest": 0.75},
        },
        "labels for thresholds = f1_macro, chosen on the validation texts\n"
        "  test        0.8000 [0.7000, 0.9000], and 0.7500 by the likeliest class\n"
        "  a  threshold 0.2500\n"
        "  b  threshold 0.7500\n\n",
    ),
]


@pytest.mark.parametrize(("decision", "said"), KINDS, ids=[each["kind"] for each, _ in KINDS])
def test_what_came_of_a_decision_is_told_in_a_few_lines(decision: dict[str, Any], said: str) -> None:
    assert said in report.text(scored(["a", "b"], decision=decision), DESCRIBED)


def test_a_class_that_is_never_given_says_so_and_its_name_is_harmless() -> None:
    found = report.text(scored(["a", "b"], decision=PRECISION), DESCRIBED)
    lines = {line.split()[0]: line for line in found.split("\n") if " from 0" in line or "never" in line}
    assert lines["a"].endswith("from 0.7500  test 0.9167 [0.6500, 0.9800] of 12 texts")
    assert lines["b"].endswith("never")
    assert "\x1b" not in found


def test_the_page_of_a_run_that_decides_is_written() -> None:
    found = page_of(scored(["a", "b"], decision=PRECISION), DESCRIBED, EPOCHS)
    assert "<td>0.7500</td>" in found
    assert "<td>never</td>" in found
    assert "0.9167" in found
