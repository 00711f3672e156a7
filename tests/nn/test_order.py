from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.nn.order import by_length, shuffled

lengths_of_texts = st.lists(st.integers(1, 500), max_size=300).map(lambda rows: np.array(rows, np.int64))
batch_sizes = st.integers(1, 257)


@given(lengths_of_texts, batch_sizes, st.integers(0, 2**31 - 1), st.integers(0, 9))
def test_an_epoch_has_each_row_exactly_once(
    lengths: np.ndarray, batch_size: int, seed: int, epoch: int
) -> None:
    batches = shuffled(lengths, batch_size, seed=seed, epoch=epoch)
    assert sorted(np.concatenate([*batches, []]).tolist()) == list(range(len(lengths)))
    sizes = sorted(map(len, batches))
    assert sizes[1:] == [batch_size] * (len(batches) - 1)
    assert all(1 <= size <= batch_size for size in sizes)


@given(lengths_of_texts, batch_sizes)
def test_prediction_has_each_row_exactly_once_the_longest_first(lengths: np.ndarray, batch_size: int) -> None:
    batches = by_length(lengths, batch_size)
    order = np.concatenate([*batches, []]).astype(np.int64)
    assert sorted(order.tolist()) == list(range(len(lengths)))
    assert lengths[order].tolist() == sorted(lengths.tolist(), reverse=True)
    assert all(len(batch) == batch_size for batch in batches[:-1])


def flat(batches: list[np.ndarray]) -> list[list[int]]:
    return [batch.tolist() for batch in batches]


def test_an_order_depends_on_seed_and_epoch_and_nothing_else() -> None:
    lengths = np.arange(1, 101) % 17
    first = flat(shuffled(lengths, 8, seed=5, epoch=2))
    np.random.seed(0)
    assert flat(shuffled(lengths, 8, seed=5, epoch=2)) == first
    others = [flat(shuffled(lengths, 8, seed=s, epoch=e)) for s, e in [(5, 3), (6, 2), (2, 5)]]
    assert first not in others
    assert len({str(other) for other in others}) == 3


def test_equal_lengths_are_in_random_order_too() -> None:
    batches = shuffled(np.ones(1000, np.int64), 100, seed=0, epoch=1)
    assert all(np.ptp(batch) > 500 for batch in batches)


@pytest.mark.parametrize("seed", range(3))
def test_similar_lengths_together_leave_next_to_no_padding(seed: int) -> None:
    random = np.random.default_rng(seed)
    lengths = np.maximum(1, random.lognormal(3.5, 0.6, 16_000)).astype(np.int64)
    for batches in (shuffled(lengths, 64, seed=seed, epoch=1), by_length(lengths, 64)):
        padded = sum(len(batch) * lengths[batch].max() for batch in batches)
        assert padded / lengths.sum() <= 1.05


def test_long_and_short_batches_alternate_at_random() -> None:
    lengths = np.arange(1, 6401)
    means = [lengths[batch].mean() for batch in shuffled(lengths, 64, seed=0, epoch=1)]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.3


@given(lengths_of_texts, batch_sizes, st.integers(1, 5_000))
def test_a_batch_has_no_more_tokens_than_the_budget_unless_it_is_one_text(
    lengths: np.ndarray, batch_size: int, budget: int
) -> None:
    batches = shuffled(lengths, batch_size, seed=1, epoch=1, max_batch_tokens=budget)
    assert sorted(np.concatenate([*batches, []]).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert 1 <= len(batch) <= batch_size
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget


def test_a_budget_that_is_never_reached_changes_nothing() -> None:
    lengths = np.arange(1, 101) % 17
    free = flat(shuffled(lengths, 8, seed=5, epoch=2))
    assert flat(shuffled(lengths, 8, seed=5, epoch=2, max_batch_tokens=8 * 17)) == free


@given(lengths_of_texts, batch_sizes, st.integers(1, 5_000))
def test_prediction_keeps_to_a_budget_of_tokens_too(
    lengths: np.ndarray, batch_size: int, budget: int
) -> None:
    batches = by_length(lengths, batch_size, max_batch_tokens=budget)
    assert sorted(np.concatenate([*batches, []]).tolist()) == list(range(len(lengths)))
    for batch in batches:
        assert 1 <= len(batch) <= batch_size
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= budget


@pytest.mark.parametrize(("budget", "texts"), [(3, 1), (5, 1), (6, 2), (8, 2), (9, 3), (12, 4), (99, 4)])
def test_a_batch_may_have_as_many_tokens_as_its_budget_and_no_more(budget: int, texts: int) -> None:
    lengths = np.full(12, 3)
    for batches in (
        shuffled(lengths, 4, seed=1, epoch=1, max_batch_tokens=budget),
        by_length(lengths, 4, max_batch_tokens=budget),
    ):
        assert {len(batch) for batch in batches} == {texts}


def test_lengths_are_sorted_within_a_pool_of_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = np.arange(1, 101)
    together = shuffled(lengths, 10, seed=0, epoch=1)
    assert {int(np.ptp(lengths[batch])) for batch in together} == {9}
    monkeypatch.setattr("nlpkit.nn.order.POOL_BATCHES", 1)
    assert min(np.ptp(lengths[batch]) for batch in shuffled(lengths, 10, seed=0, epoch=1)) > 30


def test_texts_of_one_length_are_predicted_in_their_order() -> None:
    assert flat(by_length(np.array([3, 5, 3, 3, 5]), 2)) == [[1, 4], [0, 2], [3]]
