from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nlpkit.training.best import Best

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
    unbroken = Best(nn.Linear(1, 1))
    offered(unbroken, epochs)
    before = Best(nn.Linear(1, 1))
    offered(before, epochs[:cut])
    after = Best(nn.Linear(1, 1), before.state({}))
    offered(after, epochs[cut:], first=cut + 1)
    assert (after.epoch, after.since) == (unbroken.epoch, unbroken.since)


@given(epochs=some_scores)
def test_patience_counts_from_the_first_epoch_with_the_best_score(epochs: list[tuple[float, float]]) -> None:
    best = Best(nn.Linear(1, 1))
    offered(best, epochs)
    scores = [score for score, _ in epochs]
    assert best.since == scores.index(max(scores)) + 1


def test_without_scores_the_last_is_the_best() -> None:
    best = Best(nn.Linear(1, 1))
    assert [best.offer(None) for _ in range(3)] == [True] * 3
    assert best.epoch == 3
