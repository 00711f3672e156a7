"""What intervals and tests promise, with few draws; `python -m benchmarks.intervals` is the whole."""

from __future__ import annotations

import pytest

from benchmarks.intervals import COVERED, coverage, rejections


@pytest.mark.parametrize(
    "name", ["accuracy, 1,000 rows", "accuracy, 20 groups of 10", "f1_macro, 200 rows", "log_loss, 200 rows"]
)
def test_most_intervals_contain_the_truth_and_not_all_do(name: str) -> None:
    metric, corpus = COVERED[name]
    assert 0.85 <= coverage(metric, corpus, 80, truth_rows=100_000) < 1


def test_equally_good_models_are_seldom_found_to_differ() -> None:
    found = rejections(1000, 200)
    assert 0.01 <= found["interval"] <= 0.1
    assert 0.01 <= found["McNemar"] <= 0.1


def test_models_far_apart_are_found_to_differ() -> None:
    assert min(rejections(1000, 50, (0.8, 0.86)).values()) > 0.9
