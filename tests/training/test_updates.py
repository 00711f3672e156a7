"""Steps of whole models: row by row and dense, clipped, saved and resumed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn

from nlpkit.batch import FlatBatch
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.mean import EmbeddingMeanEncoder
from nlpkit.training.kinds import Optimizer
from nlpkit.training.settings import LoopSettings
from nlpkit.training.team import Alone
from nlpkit.training.updates import Updates, clip

OPTIMIZERS = ["adam", "adamw", "adagrad", "sgd"]
EVERY_ROW = FlatBatch(torch.tensor([1, 2, 3, 4, 5, 3, 2]), torch.tensor([0, 3, 4]))
SOME_ROWS = FlatBatch(torch.tensor([4, 1, 4]), torch.tensor([0, 2]))


class Bag(nn.Module):
    """Two numbers for each text of a FlatBatch."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.encoder = EmbeddingMeanEncoder(TokenEmbedding(6, 3))
        self.head = nn.Linear(3, 2)

    def step(self, batch: FlatBatch, updates: Updates) -> None:
        logits = self.head(self.encoder(batch))
        nn.functional.cross_entropy(logits, torch.arange(len(logits)) % 2).backward()
        updates.step()


@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clipping_counts_rows_and_dense_weights_together_as_torch_does(max_norm: float) -> None:
    torch.manual_seed(1)
    ours = [torch.randn(4, 3), torch.randn(5)]
    parameters = [nn.Parameter(torch.zeros_like(each)) for each in ours]
    for parameter, gradient in zip(parameters, ours, strict=True):
        parameter.grad = gradient.clone()
    nn.utils.clip_grad_norm_(parameters, max_norm)
    clip(ours[:1], [ours[1:]], max_norm, Alone())
    for parameter, gradient in zip(parameters, ours, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)


def test_updates_leave_the_table_as_any_other_when_they_are_done() -> None:
    table = TokenEmbedding(6, 3)
    model = nn.Sequential(table, nn.Linear(3, 2))
    updates = Updates(model, LoopSettings(max_grad_norm=1.0))
    with updates:
        assert table.rowwise
        model(torch.tensor([1, 2])).sum().backward()
        updates.step()
    assert not table.rowwise
    model(torch.tensor([1, 2])).sum().backward()
    assert table.weight.grad is not None


def test_momentum_and_frozen_tables_are_left_to_the_dense_optimizer() -> None:
    table = TokenEmbedding(6, 3)
    model = nn.Sequential(table, nn.Linear(3, 2))
    assert Updates(model, LoopSettings(optimizer="sgd", momentum=0.9)).rows == []
    assert len(Updates(model, LoopSettings(momentum=0.9)).rows) == 1  # momentum is a setting of sgd alone
    table.weight.requires_grad_(False)
    assert Updates(model, LoopSettings()).rows == []


@pytest.mark.parametrize("max_grad_norm", [None, 0.01])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_of_a_model_that_uses_every_row_is_that_of_dense_updates(
    name: Any, weight_decay: float, max_grad_norm: float | None
) -> None:
    settings = LoopSettings(
        optimizer=name, weight_decay=weight_decay, max_grad_norm=max_grad_norm, learning_rate=0.05
    )
    found = []
    for rowwise in (True, False):
        model = Bag()
        updates = Updates(model, settings, rowwise=rowwise)
        assert len(updates.rows) == rowwise
        with updates:
            model.step(EVERY_ROW, updates)
        found.append(model.state_dict())
    for key, weight in found[0].items():
        torch.testing.assert_close(weight, found[1][key], rtol=0, atol=1e-6)


@pytest.mark.parametrize("rowwise", [True, False])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_going_on_from_a_saved_state_gives_the_bits_of_no_break(name: Any, rowwise: bool) -> None:
    whole, rates = Bag(), {"learning_rate": 0.05, "embedding_learning_rate": 0.2}
    settings = LoopSettings(optimizer=name, weight_decay=0.1, max_grad_norm=1.0, **rates)
    updates = Updates(whole, settings, rowwise=rowwise)
    with updates:
        for batch in (EVERY_ROW, SOME_ROWS):
            whole.step(batch, updates)
        saved, weights = deepcopy((updates.state_dict(), whole.state_dict()))
        for batch in (SOME_ROWS, EVERY_ROW):
            whole.step(batch, updates)
    resumed = Bag()
    resumed.load_state_dict(weights)
    again = Updates(resumed, settings, rowwise=rowwise)
    again.load_state_dict(saved)
    with again:
        for batch in (SOME_ROWS, EVERY_ROW):
            resumed.step(batch, again)
    assert all(torch.equal(whole.state_dict()[key], value) for key, value in resumed.state_dict().items())


class Halves(Optimizer):
    """A component that tables cannot be moved row by row with."""

    def build(self, parameters: Any, learning_rate: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=learning_rate / 2)


@pytest.mark.parametrize("factor", [1.0, 0.5])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.3])
@pytest.mark.parametrize(
    ("settings", "rowwise", "share"),
    [
        ({"optimizer": "sgd"}, True, 1.0),
        ({"optimizer": "sgd"}, False, 1.0),
        ({"optimizer": "sgd", "momentum": 0.9}, True, 1.0),
        ({"optimizer": Halves()}, True, 0.5),
    ],
    ids=["rows", "dense", "momentum", "component"],
)
def test_tables_move_at_a_learning_rate_of_their_own(
    settings: Any, rowwise: bool, share: float, rate: float, factor: float
) -> None:
    table, plain, bag = TokenEmbedding(6, 3), nn.Embedding(6, 3), nn.EmbeddingBag(6, 3, mode="sum")
    layer = nn.Linear(3, 2)
    model = nn.ModuleList([table, plain, bag, layer])
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    rates = LoopSettings(learning_rate=0.1, embedding_learning_rate=rate, **settings)
    updates, ids = Updates(model, rates, rowwise=rowwise), torch.tensor([[2, 4]])
    with updates:
        (table(ids).sum() + plain(ids).sum() + bag(ids).sum() + layer(torch.ones(1, 3)).sum()).backward()
        updates.step(factor)
    moved = {name: before[name] - each for name, each in model.named_parameters()}
    used = torch.zeros(6, 3).index_fill_(0, ids[0], 1.0)
    for name in ("0.weight", "1.weight", "2.weight"):
        torch.testing.assert_close(moved[name], used * rate * share * factor)
    torch.testing.assert_close(moved["3.weight"], torch.full((2, 3), 0.1 * share * factor))


def test_one_table_under_two_encoders_is_updated_once() -> None:
    found = []
    for rowwise in (True, False):
        model, other = Bag(), Bag()
        other.encoder.embedding = model.encoder.embedding
        both, settings = nn.ModuleList([model, other]), LoopSettings(optimizer="sgd", learning_rate=0.1)
        updates = Updates(both, settings, rowwise=rowwise)
        assert len(updates.rows) == rowwise
        with updates:
            (model.encoder(EVERY_ROW).pow(2).sum() + other.encoder(SOME_ROWS).pow(3).sum()).backward()
            updates.step()
        found.append(model.encoder.embedding.weight)
    torch.testing.assert_close(*found)


def test_a_frozen_table_stays_beside_one_that_learns() -> None:
    model, frozen = Bag(), Bag()
    frozen.encoder.embedding.weight.requires_grad_(False)
    before = frozen.encoder.embedding.weight.clone()
    updates = Updates(nn.ModuleList([model, frozen]), LoopSettings(weight_decay=0.5, learning_rate=0.1))
    assert [row.embedding for row in updates.rows] == [model.encoder.embedding]
    with updates:
        (model.encoder(SOME_ROWS) * frozen.encoder(SOME_ROWS)).sum().backward()
        updates.step()
    assert torch.equal(frozen.encoder.embedding.weight, before)
    assert not torch.equal(model.encoder.embedding.weight[4], before[4])
