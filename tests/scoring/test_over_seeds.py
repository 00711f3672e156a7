from __future__ import annotations

import math
import statistics

import pytest
from scipy import stats

from nlpkit.scoring.over_seeds import over_seeds

VALUES = [0.81, 0.84, 0.80, 0.87, 0.83]


def test_the_interval_of_the_mean_is_students() -> None:
    found = over_seeds([{"accuracy": each} for each in VALUES])["accuracy"]
    spread = statistics.stdev(VALUES)
    witness = stats.t.interval(0.95, 4, loc=statistics.fmean(VALUES), scale=spread / math.sqrt(5))
    assert found["mean"] == pytest.approx(0.83)
    assert found["sd"] == pytest.approx(spread)
    assert found["interval"] == pytest.approx(witness)


def test_equal_scores_have_no_spread() -> None:
    assert over_seeds([{"f1": 0.5}] * 3) == {"f1": {"mean": 0.5, "sd": 0.0, "interval": [0.5, 0.5]}}


def test_a_score_that_one_seed_lacks_is_left_out() -> None:
    assert set(over_seeds([{"a": 0.5, "b": math.nan}, {"a": 0.5, "b": 0.5}])) == {"a"}
