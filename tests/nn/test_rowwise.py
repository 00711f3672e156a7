"""Row-wise updates against torch's dense optimizers and against arithmetic."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from nlpkit.errors import ConfigError
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.rowwise import RowwiseOptimizer
from nlpkit.nn.updates import Updates, clip
from nlpkit.nn.workers import Team

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
    ours = RowwiseOptimizer(rowwise, name, weight_decay=weight_decay)
    theirs = DENSE[name](dense.parameters(), lr=0.05, weight_decay=weight_decay)
    for _ in range(3):
        for table in (rowwise, dense):
            backward(table, [1, 2, 3, 4, 5, 3, 0])
        ours.step(*ours.gradients(), learning_rate=0.05)
        theirs.step()
        theirs.zero_grad()
        torch.testing.assert_close(rowwise.weight, dense.weight, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["sgd", "adagrad"])
def test_without_moments_that_fade_skipped_rows_make_no_difference(name: Any) -> None:
    rowwise, dense = two_tables()
    ours, theirs = RowwiseOptimizer(rowwise, name), DENSE[name](dense.parameters(), lr=0.1)
    for ids in ([1, 2], [3], [2, 2, 5]):
        for table in (rowwise, dense):
            backward(table, ids)
        ours.step(*ours.gradients(), learning_rate=0.1)
        theirs.step()
        theirs.zero_grad()
    torch.testing.assert_close(rowwise.weight, dense.weight, rtol=0, atol=1e-6)


def test_a_row_that_was_skipped_takes_an_adam_step_with_the_moments_it_had() -> None:
    table, _ = two_tables(size=1)
    ours = RowwiseOptimizer(table, "adam")
    value = table.weight[4, 0].item()
    first = second = 0.0
    for step, ids in enumerate([[4], [1], [4]], 1):
        backward(table, ids)
        ours.step(*ours.gradients(), learning_rate=0.1)
        if 4 in ids:
            slope = 2 * value
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * slope**2
            root = math.sqrt(second / (1 - 0.999**step)) + 1e-8
            value -= 0.1 * first / (1 - 0.9**step) / root
        assert table.weight[4, 0].item() == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("name", list(DENSE))
def test_padding_stays_zero_and_unused_rows_stay_where_they_are(name: Any) -> None:
    table, untouched = two_tables()
    ours = RowwiseOptimizer(table, name, weight_decay=0.1)
    for _ in range(2):
        backward(table, [0, 2, 0])
        ours.step(*ours.gradients(), learning_rate=0.1)
    assert not table.weight[0].any()
    assert torch.equal(table.weight[[1, 3, 4, 5]], untouched.weight[[1, 3, 4, 5]])
    assert not torch.equal(table.weight[2], untouched.weight[2])


def test_several_look_ups_of_one_table_add_up() -> None:
    table, dense = two_tables()
    backward(table, [1, 2])
    backward(table, [2, 3])
    backward(dense, [1, 2])
    backward(dense, [2, 3])
    ids, gradient = RowwiseOptimizer(table, "sgd").gradients()
    assert ids.tolist() == [1, 2, 3]
    torch.testing.assert_close(gradient, dense.weight.grad[ids])
    assert table.touched == []


def test_the_mean_of_a_bag_takes_the_same_path() -> None:
    table, dense = two_tables()
    ids, offsets = torch.tensor([1, 2, 2, 5]), torch.tensor([0, 3])
    for each in (table, dense):
        each.mean(ids, offsets).pow(2).sum().backward()
    used, gradient = RowwiseOptimizer(table, "adam").gradients()
    assert table.weight.grad is None
    torch.testing.assert_close(gradient, dense.weight.grad[used])


def test_a_step_in_which_the_table_was_not_used_changes_nothing() -> None:
    table, before = two_tables()
    ours = RowwiseOptimizer(table, "adam")
    ours.step(*ours.gradients(), learning_rate=0.1)
    assert torch.equal(table.weight, before.weight)


def test_an_encoder_that_uses_the_weight_itself_is_told_to_ask_for_dense_updates() -> None:
    table, _ = two_tables()
    (table(torch.tensor([1])) @ table.weight.T).sum().backward()
    with pytest.raises(ConfigError, match=r'set trainer\.embedding_updates = "dense"'):
        RowwiseOptimizer(table, "adam").gradients()


def test_outside_of_training_a_look_up_leaves_no_trace() -> None:
    table, _ = two_tables()
    table.eval()
    table(torch.tensor([1]))
    with torch.no_grad():
        table.train()(torch.tensor([1]))
    assert table.touched == []


@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clipping_counts_rows_and_dense_weights_together_as_torch_does(max_norm: float) -> None:
    torch.manual_seed(1)
    ours = [torch.randn(4, 3), torch.randn(5)]
    parameters = [nn.Parameter(torch.zeros_like(each)) for each in ours]
    for parameter, gradient in zip(parameters, ours, strict=True):
        parameter.grad = gradient.clone()
    nn.utils.clip_grad_norm_(parameters, max_norm)
    clip(ours[:1], ours[1:], max_norm, Team(1, 0, []))
    for parameter, gradient in zip(parameters, ours, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


def test_updates_leave_the_table_as_any_other_when_they_are_done() -> None:
    table, _ = two_tables()
    table.rowwise = False
    model = nn.Sequential(table, nn.Linear(3, 2))
    updates = Updates(model, "adam")
    with updates:
        assert table.rowwise
        model(torch.tensor([1, 2])).sum().backward()
        updates.step(0.1, max_grad_norm=1.0)
    assert not table.rowwise
    model(torch.tensor([1, 2])).sum().backward()
    assert table.weight.grad is not None


def test_momentum_and_frozen_tables_are_left_to_the_dense_optimizer() -> None:
    table, _ = two_tables()
    model = nn.Sequential(table, nn.Linear(3, 2))
    assert Updates(model, "sgd", momentum=0.9).rows == []
    table.weight.requires_grad_(False)
    assert Updates(model, "adam").rows == []
