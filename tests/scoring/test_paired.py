from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from nlpkit.scoring.paired import mcnemar, paired


def test_a_difference_is_that_of_rows_only_one_gets_right() -> None:
    right = np.array([True] * 80 + [False] * 20)
    other = np.array([True] * 70 + [False] * 10 + [True] * 5 + [False] * 15)
    found = paired(right, other)
    assert (found.better, found.worse, found.difference) == (10, 5, 0.05)
    assert found.p == pytest.approx(0.3018, abs=1e-4)
    more = right.astype(float) - other
    reach = 1.98 * more.std() / 100**0.5
    assert (found.interval.low, found.interval.high) == pytest.approx((0.05 - reach, 0.05 + reach), abs=0.01)


def test_models_that_agree_on_all_rows_have_a_difference_of_0_and_no_interval() -> None:
    right = np.array([True, False, True])
    found = paired(right, right)
    assert (found.difference, found.better, found.worse, found.p) == (0.0, 0, 0, 1.0)
    assert not found.interval


@pytest.mark.parametrize(("better", "worse"), [(0, 1), (3, 9), (9, 3), (50, 50), (400, 470)])
def test_p_is_that_of_a_fair_coin(better: int, worse: int) -> None:
    assert mcnemar(better, worse) == pytest.approx(binomtest(better, better + worse).pvalue)


def test_rows_in_groups_have_a_wider_interval_and_no_p() -> None:
    right = np.repeat([True, True, True, False], 25)
    other = np.repeat([True, False, False, True], 25)
    groups = [f"{row // 25}" for row in range(100)]
    alone, together = paired(right, other).interval, paired(right, other, groups)
    assert together.p is None
    assert together.interval.high - together.interval.low > 2 * (alone.high - alone.low)
