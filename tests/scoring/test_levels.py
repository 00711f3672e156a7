from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit import Decision
from nlpkit.scoring.levels import level_keeping, set_level

SURE = np.array([0.9, 0.8, 0.7, 0.6, 0.55, 0.5])


@pytest.mark.parametrize(
    ("right", "level"),
    [
        # (1 - 0.8) / 3 = 0.0667: four right ones of four have a chance of 0.5 ** 4 = 0.0625
        ([1, 1, 1, 1, 1, 0], 0.55),  # of five 0.031; one wrong of six has 7 / 64
        ([1, 1, 1, 1, 1, 1], 0.0),
        ([1, 1, 1, 1, 0, 0], 0.6),  # one wrong of five has 6 / 32
        ([1, 1, 1, 0, 1, 1], None),
        ([0, 0, 0, 0, 0, 0], None),
    ],
)
def test_the_lowest_level_that_the_binomial_test_vouches_for(right: list[int], level: float | None) -> None:
    assert level_keeping(0.5, np.array(right, bool), SURE, 0.8) == level


def test_the_order_of_rows_does_not_matter_and_equals_stay_together() -> None:
    right = np.array([0, 1, 1, 1, 1, 1], bool)
    assert level_keeping(0.5, right, SURE[::-1], 0.8) == 0.55
    tied = np.array([0.5, 0.5, 0.6, 0.7, 0.8, 0.9])  # with its equal, five are six
    assert level_keeping(0.5, right, tied, 0.8) == 0.6


def test_without_rows_there_is_no_level() -> None:
    assert level_keeping(0.5, np.zeros(0, bool), np.zeros(0), 0.8) is None


def test_wanted_precision_is_kept_as_often_as_is_promised() -> None:
    """A label of sureness s is right with chance s, so of those above a level l, (1 + l) / 2 are."""
    rng = np.random.Generator(np.random.PCG64(4))
    kept, naive = [], []
    for _ in range(300):
        sure = rng.random(400)
        right = rng.random(400) < sure
        level = level_keeping(0.9, right, sure, 0.8)
        kept.append(level is None or level >= 0.8)
        order = np.argsort(-sure)
        shares = np.cumsum(right[order]) / np.arange(1, 401)
        naive.append(sure[order][np.flatnonzero(shares >= 0.9)[-1]] >= 0.8)
    assert np.mean(kept) >= 0.8
    assert np.mean(naive) < 0.6  # the level that merely looks good enough


@pytest.mark.parametrize(
    ("rows", "coverage", "place"), [(9, 0.8, 2), (19, 0.95, 1), (3, 0.7, 1), (3, 0.9, 0), (99, 0.9, 10)]
)
def test_the_set_level_is_that_of_the_least_likely_true_labels(
    rows: int, coverage: float, place: int
) -> None:
    true = np.linspace(0.1, 0.9, rows)
    found = np.stack([true, 1 - true], axis=1)
    assert set_level(coverage, np.zeros(rows, int), found) == (true[place - 1] if place else 0.0)


def test_a_label_that_training_never_saw_makes_sets_larger() -> None:
    true = np.linspace(0.1, 0.9, 9)
    found = np.stack([true, 1 - true], axis=1)
    gold = np.array([0] * 8 + [-1])
    assert set_level(0.8, gold, found) == true[0]


def test_sets_have_the_true_label_as_often_as_is_asked_for_on_exchangeable_draws() -> None:
    rng = np.random.Generator(np.random.PCG64(9))
    inside = []
    for _ in range(400):
        found = rng.dirichlet(np.full(5, 0.7), 150)
        gold = (found.cumsum(axis=1) > rng.random((150, 1))).argmax(axis=1)
        decision = Decision(set_level=set_level(0.9, gold[:99], found[:99]))
        inside.append(decision.sets(found[99:])[np.arange(51), gold[99:]].mean())
    assert 0.895 <= np.mean(inside) <= 0.915  # 0.9 to 0.91, and three standard errors


PROBABILITIES = st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=20)


@given(PROBABILITIES, st.floats(0, 1), st.floats(0, 1))
def test_a_lower_level_never_answers_less_and_its_sets_are_never_smaller(
    raw: list[list[float]], one: float, two: float
) -> None:
    found = np.array(raw) / np.array(raw).sum(axis=1, keepdims=True)
    low, high = sorted((one, two))
    assert (Decision(levels=(low,)).answered(found) >= Decision(levels=(high,)).answered(found)).all()
    assert (Decision(set_level=low).sets(found) >= Decision(set_level=high).sets(found)).all()


@given(
    PROBABILITIES,
    st.lists(st.integers(0, 2), min_size=20, max_size=20),
    st.floats(0.01, 0.9),
    st.floats(0.01, 0.9),
)
def test_sets_grow_with_coverage(raw: list[list[float]], ids: list[int], one: float, two: float) -> None:
    found = np.array(raw) / np.array(raw).sum(axis=1, keepdims=True)
    gold = np.array(ids[: len(found)])
    less, more = (Decision(set_level=set_level(each, gold, found)).sets(found) for each in sorted((one, two)))
    assert (more >= less).all()
