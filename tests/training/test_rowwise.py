"""Row-wise updates against torch's dense optimizers and against arithmetic."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.errors import ConfigError
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.lookups import RowGradients, merged
from nlpkit.training.optimizers import NamedRule
from nlpkit.training.rowwise import CHUNK_BYTES, RowwiseOptimizer

DENSE: dict[str, Any] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adagrad": torch.optim.Adagrad,
    "sgd": torch.optim.SGD,
}


def two_tables(size: int = 3) -> tuple[TokenEmbedding, TokenEmbedding]:
    torch.manual_seed(0)
    first = TokenEmbedding(6, size)
    second = TokenEmbedding(6, size)
    second.load_state_dict(first.state_dict())
    first.rowwise = True
    return first, second


def backward(embedding: TokenEmbedding, ids: list[int]) -> None:
    scale = torch.arange(1.0, 1.0 + embedding.embedding_dim)
    (embedding(torch.tensor([ids])).pow(2) * scale).sum().backward()


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("name", list(DENSE))
def test_steps_that_use_every_row_are_those_of_the_dense_optimizer(name: Any, weight_decay: float) -> None:
    rowwise, dense = two_tables()
    ours = RowwiseOptimizer(rowwise, NamedRule(name, weight_decay))
    theirs = DENSE[name](dense.parameters(), lr=0.05, weight_decay=weight_decay)
    for _ in range(1 if name.startswith("adam") else 3):  # rows have no first moment, which fades
        for table in (rowwise, dense):
            backward(table, [1, 2, 3, 4, 5, 3, 0])
        ours.step([ours.gradients()], learning_rate=0.05)
        theirs.step()
        theirs.zero_grad()
        torch.testing.assert_close(rowwise.weight, dense.weight, rtol=0, atol=1e-6)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_further_steps_are_those_of_adam_without_a_first_moment(name: Any, weight_decay: float) -> None:
    rowwise, dense = two_tables()
    ours = RowwiseOptimizer(rowwise, NamedRule(name, weight_decay))
    theirs = DENSE[name](dense.parameters(), lr=0.05, weight_decay=weight_decay, betas=(0.0, 0.999))
    for _ in range(3):
        for table in (rowwise, dense):
            backward(table, [1, 2, 3, 4, 5, 3, 0])
        ours.step([ours.gradients()], learning_rate=0.05)
        theirs.step()
        theirs.zero_grad()
        torch.testing.assert_close(rowwise.weight, dense.weight, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["sgd", "adagrad"])
def test_without_moments_that_fade_skipped_rows_make_no_difference(name: Any) -> None:
    rowwise, dense = two_tables()
    ours, theirs = RowwiseOptimizer(rowwise, NamedRule(name)), DENSE[name](dense.parameters(), lr=0.1)
    for ids in ([1, 2], [3], [2, 2, 5]):
        for table in (rowwise, dense):
            backward(table, ids)
        ours.step([ours.gradients()], learning_rate=0.1)
        theirs.step()
        theirs.zero_grad()
    torch.testing.assert_close(rowwise.weight, dense.weight, rtol=0, atol=1e-6)


@pytest.mark.parametrize("skipping", [[1], []], ids=["another row", "no row"])
def test_a_row_that_was_skipped_takes_an_adam_step_with_the_moment_it_had(skipping: list[int]) -> None:
    table, _ = two_tables(size=1)
    ours = RowwiseOptimizer(table, NamedRule("adam"))
    value = table.weight[4, 0].item()
    second = 0.0
    for step, ids in enumerate([[4], skipping, [4]], 1):
        if ids:
            backward(table, ids)
        ours.step([ours.gradients()], learning_rate=0.1)
        if 4 in ids:
            slope = 2 * value
            second = 0.999 * second + 0.001 * slope**2
            root = math.sqrt(second / (1 - 0.999**step)) + 1e-8
            value -= 0.1 * slope / root
        assert table.weight[4, 0].item() == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("name", list(DENSE))
def test_padding_stays_zero_and_unused_rows_stay_where_they_are(name: Any) -> None:
    table, untouched = two_tables()
    ours = RowwiseOptimizer(table, NamedRule(name, 0.1))
    for _ in range(2):
        table(torch.tensor([0, 2, 0])).sum().backward()  # with a gradient for the padding as well
        ours.step([ours.gradients()], learning_rate=0.1)
    assert not table.weight[0].any()
    assert torch.equal(table.weight[[1, 3, 4, 5]], untouched.weight[[1, 3, 4, 5]])
    assert not torch.equal(table.weight[2], untouched.weight[2])


def test_several_look_ups_of_one_table_add_up() -> None:
    table, dense = two_tables()
    backward(table, [1, 2])
    backward(table, [2, 3])
    backward(dense, [1, 2])
    backward(dense, [2, 3])
    ids, gradient = RowwiseOptimizer(table, NamedRule("sgd")).gradients()
    assert ids.tolist() == [1, 2, 3]
    torch.testing.assert_close(gradient, dense.weight.grad[ids])
    assert table.lookups == []


def test_the_mean_of_a_bag_takes_the_same_path() -> None:
    table, dense = two_tables()
    ids, offsets = torch.tensor([1, 2, 2, 5]), torch.tensor([0, 3])
    for each in (table, dense):
        each.mean(ids, offsets).pow(2).sum().backward()
    used, gradient = RowwiseOptimizer(table, NamedRule("adam")).gradients()
    assert table.weight.grad is None
    torch.testing.assert_close(gradient, dense.weight.grad[used])


def test_a_step_in_which_the_table_was_not_used_changes_nothing() -> None:
    table, before = two_tables()
    ours = RowwiseOptimizer(table, NamedRule("adam"))
    ours.step([ours.gradients()], learning_rate=0.1)
    assert torch.equal(table.weight, before.weight)


def test_an_encoder_that_uses_the_weight_itself_is_told_to_ask_for_dense_updates() -> None:
    table, _ = two_tables()
    (table(torch.tensor([1])) @ table.weight.T).sum().backward()
    with pytest.raises(ConfigError, match=r'set trainer\.embedding_updates = "dense"'):
        RowwiseOptimizer(table, NamedRule("adam")).gradients()


def test_outside_of_training_a_look_up_leaves_no_trace() -> None:
    table, _ = two_tables()
    table.eval()
    table(torch.tensor([1]))
    with torch.no_grad():
        table.train()(torch.tensor([1]))
    assert table.lookups == []


@pytest.mark.parametrize("name", list(DENSE))
def test_parts_of_the_rows_may_be_moved_by_several_that_share_the_memory(name: Any) -> None:
    whole, shared = two_tables()
    one = RowwiseOptimizer(whole, NamedRule(name, 0.1))
    shared.share_memory()
    workers = [RowwiseOptimizer(shared, NamedRule(name, 0.1)) for _ in range(2)]
    workers[1].moments = [moment.share_memory_() for moment in workers[0].moments]
    addresses = [each.data_ptr() for each in (shared.weight, *workers[0].moments)]
    ids, gradient = torch.tensor([1, 2, 4, 5]), torch.arange(12.0).view(4, 3)
    for _ in range(2):
        one.step([RowGradients(ids, gradient)], 0.1)
        workers[0].step([RowGradients(ids[:3], gradient[:3])], 0.1)
        workers[1].step([RowGradients(ids[3:], gradient[3:])], 0.1)
    torch.testing.assert_close(shared.weight, whole.weight, rtol=0, atol=1e-6)
    workers[0].load_state_dict(workers[0].state_dict())
    assert [each.data_ptr() for each in (shared.weight, *workers[1].moments)] == addresses


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=4))
def test_gradients_are_those_of_a_dense_table_for_distinct_rising_ids(lookups: list[list[int]]) -> None:
    table, dense = two_tables()
    for ids in lookups:
        backward(table, ids)
        backward(dense, ids)
    ids, gradient = RowwiseOptimizer(table, NamedRule("sgd")).gradients()
    assert ids.tolist() == sorted({each for row in lookups for each in row})
    assert dense.weight.grad is not None
    torch.testing.assert_close(gradient, dense.weight.grad[ids], rtol=1e-5, atol=1e-5)


def test_a_look_up_that_the_loss_does_not_use_has_no_rows() -> None:
    table, _ = two_tables()
    table(torch.tensor([1, 2]))
    backward(table, [3])
    ids, _ = RowwiseOptimizer(table, NamedRule("adam")).gradients()
    assert ids.tolist() == [3]


def test_parts_without_rows_add_up_to_nothing() -> None:
    none = RowGradients(torch.empty(0, dtype=torch.int64), torch.empty(0, 3))
    ids, gradient = merged([none, none])
    assert (len(ids), gradient.shape) == (0, (0, 3))
    table, before = two_tables()
    RowwiseOptimizer(table, NamedRule("adam")).step([RowGradients(ids, gradient)], 0.1)
    assert torch.equal(table.weight, before.weight)


def test_more_rows_than_are_moved_at_once_are_all_moved() -> None:
    size = 256
    at_once = CHUNK_BYTES // (4 * size)
    table = TokenEmbedding(at_once + 3, size)
    before = table.weight.detach().clone()
    ids = torch.arange(1, at_once + 3)
    RowwiseOptimizer(table, NamedRule("sgd")).step([RowGradients(ids, torch.ones(len(ids), size))], 0.5)
    torch.testing.assert_close(table.weight[1:], before[1:] - 0.5)
    assert not table.weight[0].any()
