from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nlpkit.training.best import Best, standard_error

few = st.sampled_from([0.25, 0.5, 0.75])
some_scores = st.lists(st.tuples(few, few), min_size=1, max_size=8)


def offered(best: Best, epochs: Sequence[tuple[float, float]], first: int = 1) -> None:
    """Offer epochs with weights that are their numbers."""
    for number, (score, log_loss) in enumerate(epochs, first):
        nn.init.constant_(best.model.weight, number)
        best.offer(score, log_loss)


@pytest.mark.parametrize("higher", [True, False])
@given(epochs=some_scores)
def test_of_equal_scores_the_lowest_log_loss_decides_and_then_the_first(
    higher: bool, epochs: list[tuple[float, float]]
) -> None:
    best = Best(nn.Linear(1, 1), higher_is_better=higher)
    offered(best, epochs)
    sign = -1 if higher else 1
    expected = min(range(len(epochs)), key=lambda place: (sign * epochs[place][0], epochs[place][1], place))
    assert best.epoch == expected + 1
    best.put_back()
    assert best.model.weight.item() == expected + 1


@given(epochs=some_scores, cut=st.integers(1, 7))
def test_what_goes_on_from_a_state_finds_the_same(epochs: list[tuple[float, float]], cut: int) -> None:
    noise = partial(standard_error, rows=4)
    unbroken = Best(nn.Linear(1, 1), noise=noise)
    offered(unbroken, epochs)
    before = Best(nn.Linear(1, 1), noise=noise)
    offered(before, epochs[:cut])
    after = Best(nn.Linear(1, 1), before.state({}), noise=noise)
    offered(after, epochs[cut:], first=cut + 1)
    assert (after.epoch, after.since) == (unbroken.epoch, unbroken.since)
    assert after.top_score == unbroken.top_score


LUCKY = [(0.95, 0.60), (0.90, 0.40), (0.90, 0.30), (0.85, 0.35)]  # of 20 rows: 19 right, then 18


def of_shares(rows: int) -> Best:
    return Best(nn.Linear(1, 1), noise=partial(standard_error, rows=rows))


@pytest.mark.parametrize(("rows", "expected"), [(20, 3), (200, 1), (20_000, 1)])
def test_an_early_epoch_that_one_row_is_lucky_for_loses_to_half_its_log_loss(
    rows: int, expected: int
) -> None:
    best = of_shares(rows)
    offered(best, LUCKY)
    assert best.epoch == expected
    best.put_back()
    assert best.model.weight.item() == expected


def test_a_score_that_many_rows_tell_apart_counts_whatever_the_log_loss_is() -> None:
    best = of_shares(20)
    offered(best, [(0.5, 0.7), (0.9, 0.9), (0.6, 0.1)])
    assert best.epoch == 2


def test_the_kept_score_cannot_sink_step_by_step() -> None:
    best = of_shares(100)  # a standard error is 0.03 here
    offered(best, [(0.90, 0.5), (0.88, 0.4), (0.86, 0.3), (0.84, 0.2)])
    assert best.epoch == 2


def test_one_that_falls_behind_a_new_highest_score_gives_way() -> None:
    best = of_shares(100)
    offered(best, [(0.90, 0.3), (0.92, 0.5), (0.96, 0.6)])
    assert best.epoch == 3


@given(epochs=some_scores)
def test_without_a_log_loss_the_first_one_of_the_highest_score_is_kept(
    epochs: list[tuple[float, float]],
) -> None:
    best = of_shares(4)
    offered(best, [(score, math.nan) for score, _ in epochs])
    scores = [score for score, _ in epochs]
    assert best.epoch == scores.index(max(scores)) + 1


@pytest.mark.parametrize("higher", [True, False])
@given(epochs=some_scores)
def test_the_kept_epoch_has_the_lowest_log_loss_of_those_that_compete_with_it(
    higher: bool, epochs: list[tuple[float, float]]
) -> None:
    best = Best(nn.Linear(1, 1), higher_is_better=higher, noise=lambda score: 0.3)
    offered(best, epochs)
    sign = 1 if higher else -1
    score, log_loss = epochs[best.epoch - 1]
    top = max(sign * each for each, _ in epochs)
    assert top - sign * score <= 0.3
    later = epochs[best.epoch :]
    assert all(other >= log_loss for each, other in later if top - sign * each <= 0.3)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_few_rows_is_never_certain(share: float) -> None:
    assert 0.03 < standard_error(share, 20) < 0.11
    assert standard_error(share, 20) > standard_error(share, 21)


@given(epochs=some_scores)
def test_patience_counts_from_the_first_epoch_with_the_best_score(epochs: list[tuple[float, float]]) -> None:
    best = Best(nn.Linear(1, 1), noise=lambda score: 0.3)
    offered(best, epochs)
    scores = [score for score, _ in epochs]
    assert best.since == scores.index(max(scores)) + 1


def test_without_scores_the_last_is_the_best() -> None:
    best = Best(nn.Linear(1, 1))
    assert [best.offer(None) for _ in range(3)] == [True] * 3
    assert best.epoch == 3
