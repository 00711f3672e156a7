from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from nlpkit.components.metrics import SCIKIT
from nlpkit.scoring import intervals as scoring_intervals
from nlpkit.scoring.intervals import Interval, between, intervals, mean_interval, resampled_scores
from nlpkit.scoring.metric import Metric, ScoredRows
from nlpkit.scoring.metrics import METRICS, score_of, scores
from nlpkit.scoring.resamples import Resamples

ONE_LABEL = [name for name, metric in METRICS.items() if not metric.several]


def scored(rows: int, classes: int, *, seed: int = 0, unseen: int = 0, digits: int = 8) -> ScoredRows:
    """Rows of which most are right; few digits make equal probabilities."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, classes, rows)
    logits = rng.normal(size=(rows, classes))
    logits[np.arange(rows), gold] += 1.5
    found = np.exp(logits).round(digits) + 10.0**-digits
    gold[:unseen] = -1 - np.arange(unseen) % 2
    return ScoredRows.of(gold, found / found.sum(axis=1, keepdims=True))


CORPORA = {
    "two classes": scored(40, 2),
    "four classes": scored(40, 4),
    "equal probabilities": scored(60, 3, digits=1),
    "so few rows that classes vanish": scored(7, 3),
    "one row of a class": ScoredRows.of(np.array([0, 0, 0, 0, 1]), scored(5, 2).probabilities),
    "labels never seen": scored(40, 3, unseen=9),
    "most of them never seen": scored(6, 2, unseen=5),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("rows", CORPORA.values(), ids=CORPORA)
@pytest.mark.parametrize("metric", ONE_LABEL)
def test_a_score_of_a_resample_is_scikit_learns(metric: str, rows: ScoredRows, *, grouped: bool) -> None:
    resamples = Resamples(len(rows), [f"{row // 3}" for row in range(len(rows))] if grouped else ())
    found = resampled_scores(metric, rows, resamples)
    if found is None:
        assert metric in ("top_k_accuracy", "positive_likelihood_ratio", "neg_negative_likelihood_ratio")
        return
    if score_of(metric, rows)[1]:
        return  # there is no score, of which an interval would be
    drawn = (rows.take(each) for each in islice(resamples.indices(), 6))
    expected = [score_of(metric, each)[0] for each in drawn]
    np.testing.assert_allclose(found[:6], expected, rtol=1e-9, atol=1e-9)


@dataclass(frozen=True)
class First(Metric):
    """What the first class of a row is given, on average; not defined without a row of the second one."""

    needs_a_row: bool = False

    def build(self) -> Callable[[ScoredRows], float]:
        return self._mean

    def _mean(self, rows: ScoredRows) -> float:
        if self.needs_a_row and not (rows.gold == 1).any():
            raise ValueError("no row is of the second class")
        return float(rows.probabilities[:, 0].mean())


def of_accuracy(right: int, rows: int, groups: tuple[str, ...] = ()) -> Interval:
    """The interval where so many of the rows are right."""
    found = np.tile([0.9, 0.1], (rows, 1))
    found[right:] = [0.1, 0.9]
    return intervals(["accuracy"], ScoredRows.of(np.zeros(rows, np.int64), found), groups)["accuracy"]


def test_the_interval_of_a_share_is_wilsons() -> None:
    some, every = of_accuracy(90, 100), of_accuracy(20, 20)
    assert (some.low, some.high) == pytest.approx((0.82563, 0.94477), abs=1e-5)
    assert (every.low, every.high) == pytest.approx((0.83887, 1.0), abs=1e-5)
    assert not some.note


def test_the_interval_of_many_rows_is_that_of_the_normal_distribution() -> None:
    rows = scored(4000, 3)
    losses = -np.log(rows.probabilities[np.arange(4000), rows.gold])
    found = intervals(["log_loss"], rows)["log_loss"]
    reach = 1.96 * losses.std() / 4000**0.5
    assert found.low == pytest.approx(losses.mean() - reach, abs=reach / 8)
    assert found.high == pytest.approx(losses.mean() + reach, abs=reach / 8)


def test_rows_of_a_group_move_together() -> None:
    groups = tuple(f"{row // 10}" for row in range(100))  # each is right or wrong as a whole
    alone, together = of_accuracy(70, 100), of_accuracy(70, 100, groups)
    assert together.high - together.low > 2.5 * (alone.high - alone.low)


def test_an_interval_of_few_groups_reaches_further_out_than_that_of_many() -> None:
    values = np.linspace(0, 1, 1000)
    few, many = between(values, 20), between(values, 1000)
    assert (few.low, few.high) == pytest.approx((0.0149, 0.9851), abs=1e-4)
    assert (many.low, many.high) == pytest.approx((0.0239, 0.9761), abs=1e-4)


def test_the_same_rows_have_the_same_intervals_each_time() -> None:
    metrics = ["f1_macro", "log_loss", "roc_auc_ovr", First()]
    assert intervals(metrics, scored(50, 3)) == intervals(metrics, scored(50, 3))


def test_a_metric_of_a_plugin_has_an_interval() -> None:
    rows = scored(300, 3)
    mean, reach = rows.probabilities[:, 0].mean(), 1.96 * rows.probabilities[:, 0].std() / 300**0.5
    found = intervals([First()], rows)["first"]
    assert (found.low, found.high) == pytest.approx((mean - reach, mean + reach), abs=reach / 4)


def test_a_table_that_names_a_score_has_the_interval_of_the_name() -> None:
    rows = scored(50, 3)
    assert intervals([SCIKIT["f1_macro"]()], rows) == intervals(["f1_macro"], rows)


def test_a_score_that_is_not_defined_has_no_interval_and_no_reason_of_its_own() -> None:
    found = intervals(["f1"], scored(20, 3))["f1"]
    assert (bool(found), found.note) == (False, "")


def test_resamples_without_a_score_are_left_out_and_counted() -> None:
    gold = np.zeros(50, np.int64)
    gold[:4] = 1
    rows = ScoredRows.of(gold, scored(50, 2).probabilities)
    found = intervals([First(needs_a_row=True)], rows)["first"]
    assert found
    assert found.note == "not defined in 3 of 200 resamples, which are left out"


def test_a_score_that_many_resamples_lack_has_no_interval() -> None:
    gold = np.zeros(50, np.int64)
    gold[0] = 1
    found = intervals(["roc_auc"], ScoredRows.of(gold, scored(50, 2).probabilities))["roc_auc"]
    assert not found
    assert found.note == "it is not defined in 375 of 1,000 resamples"


def test_a_score_that_no_resample_moves_has_no_interval() -> None:
    found = intervals(["f1_macro"], ScoredRows.of(np.array([0, 1] * 9), np.tile(np.eye(2), (9, 1))))
    assert found["f1_macro"].note == "it is the same in every resample"
    assert between(np.array([0.1, 0.2]), 1).note == "there is nothing to draw from but one row or group"


def test_a_score_that_takes_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_intervals, "CALLED_SECONDS", 0.0)
    found = intervals([First()], scored(20, 3))["first"]
    assert (bool(found), found.note) == (False, "its 200 resamples would take more than 0 s")


def test_ranks_of_very_many_probabilities_are_not_resampled() -> None:
    gold = np.arange(1100) % 1000
    found = intervals(["roc_auc_ovr_weighted"], ScoredRows.of(gold, np.full((1100, 1000), 1e-3)))
    note = "its resamples would take too long for so many texts and classes"
    assert found["roc_auc_ovr_weighted"].note == note


def test_the_mean_of_differences_has_an_interval() -> None:
    values: NDArray[np.float64] = np.tile([1.0, 0.0, 0.0, -1.0, 1.0], 80)
    found, reach = mean_interval(values), 1.96 * values.std() / 400**0.5
    assert (found.low, found.high) == pytest.approx((0.2 - reach, 0.2 + reach), abs=reach / 8)
    assert mean_interval(values[:0]).note == "there are no rows"


def test_a_score_of_ranks_near_1_has_more_room_below_than_above() -> None:
    rng = np.random.default_rng(3)
    gold = rng.integers(0, 2, 400)
    likely = 1 / (1 + np.exp(-(4.0 * gold - 2.0 + rng.normal(size=400))))
    rows = ScoredRows.of(gold, np.stack([1 - likely, likely], axis=1))
    value = scores(["roc_auc"], rows.gold, rows.probabilities).values["roc_auc"]
    found = intervals(["roc_auc"], rows)["roc_auc"]
    below, above = (math.log(each / (1 - each)) for each in (found.low, found.high))
    assert (below + above) / 2 == pytest.approx(math.log(value / (1 - value)))
    assert value - found.low > found.high - value
