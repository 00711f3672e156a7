from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import Lstm
from nlpkit.errors import ConfigError
from nlpkit.nn.lookups import RowGradients, merged
from nlpkit.system.forking import can_fork
from nlpkit.training.forked import ForkedTeam
from tests.training.test_loop import SMOOTH, loop, model_for, same, told, weights_of, with_states

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system no process can be forked")

PLAIN = Lstm(hidden_size=6, dropout=0.0, embedding=Embedding(size=5))
DROPPING = Lstm(hidden_size=6, dropout=0.3, embedding=Embedding(size=5, dropout=0.2))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam"},
        {"optimizer": "adamw", "weight_decay": 0.1},
        {"optimizer": "sgd", "momentum": 0.9},
        {"embedding_updates": "dense"},
        {"embedding_learning_rate": 0.05},
        {"embedding_learning_rate": 0.05, "embedding_updates": "dense"},
        {"max_grad_norm": 0.1},
        {"class_weights": np.array([0.5, 1.0, 3.0]), "loss": SMOOTH},
        {"batch_size": 7, "max_batch_tokens": 20},
    ],
    ids=lambda changes: "-".join(changes),
)
@pytest.mark.parametrize("workers", [2, 3])
def test_workers_learn_what_one_process_learns(toy: Any, workers: int, changes: dict[str, Any]) -> None:
    corpus = toy()
    found = []
    for size in (1, workers):
        model = model_for(corpus, PLAIN)
        settings = {"epochs": 2, "learning_rate": 0.01, **changes}
        reports = list(loop(workers=size, **settings)(model, corpus.train, corpus.valid))
        found.append((reports, weights_of(model)))
    (one, weights), (several, others) = found
    for report, other in zip(one, several, strict=True):
        assert other.train_loss == pytest.approx(report.train_loss, rel=1e-4)
        assert other.train_accuracy == pytest.approx(report.train_accuracy)
        assert other.texts == report.texts
    for name, weight in weights.items():
        torch.testing.assert_close(others[name], weight, rtol=0, atol=2e-4, msg=name)


def test_the_same_seed_and_number_of_workers_give_the_same_bits(toy: Any) -> None:
    corpus = toy()
    found = []
    for _ in range(2):
        model = model_for(corpus, DROPPING)
        reports = list(loop(workers=2, epochs=3)(model, corpus.train, corpus.valid))
        found.append((told(reports), weights_of(model)))
    assert found[0][0] == found[1][0]
    assert same(found[0][1], found[1][1])


def test_workers_go_on_from_any_epoch_to_the_same_bits(toy: Any) -> None:
    corpus, changes = toy(), {"workers": 2, "epochs": 4, "embedding_learning_rate": 0.2}
    whole = model_for(corpus, DROPPING)
    reports, states = with_states(loop(**changes)(whole, corpus.train, corpus.valid))
    for epoch, state in enumerate(states[:-1], 1):
        resumed = model_for(corpus, DROPPING, seed=99)
        rest = list(loop(**changes)(resumed, corpus.train, corpus.valid, state))
        assert told(rest) == told(reports[epoch:])
        assert same(weights_of(resumed), weights_of(whole))


def test_a_batch_may_have_fewer_texts_than_there_are_workers(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, PLAIN)
    report = next(iter(loop(workers=3, epochs=1, batch_size=2)(model, corpus.train, corpus.valid)))
    assert report.texts == len(corpus.train)
    assert np.isfinite(report.train_loss)


def test_tables_are_in_memory_of_their_own_after_an_epoch(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, PLAIN)
    weight = model.encoder.embedding.weight  # type: ignore[union-attr]
    next(iter(loop(workers=2, epochs=1)(model, corpus.train, corpus.valid)))
    assert weight.untyped_storage().resizable()  # memory of torch's own, not of a mapping


def test_threads_are_as_before(toy: Any) -> None:
    corpus = toy()
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        next(iter(loop(workers=2, epochs=1)(model_for(corpus, PLAIN), corpus.train, corpus.valid)))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def children() -> set[str]:
    """The processes that this one has started, of other tests as well."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {child for task in tasks for child in task.read_text(encoding="ascii").split()}


class Failing(nn.Module):
    """An encoder that fails in every process but the one that made it, or in that one at its second step."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.home, self.output_dim, self.steps = how, os.getpid(), 3, 0
        self.weight = nn.Parameter(torch.zeros(1, 3))

    def forward(self, batch: Any) -> torch.Tensor:
        self.steps += 1
        here = os.getpid() == self.home
        if self.how == "killed" and not here:
            os.kill(os.getpid(), signal.SIGKILL)
        if (self.how == "raises" and not here) or (self.how == "raises here" and here and self.steps == 2):
            raise ValueError("not here")
        value = torch.nan if self.how == "no number here" and here and self.steps == 2 else 0.0
        return self.weight.expand(len(batch.ids), -1) + value


@pytest.mark.parametrize("how", ["killed", "raises"])
def test_a_worker_that_ends_early_ends_the_training_with_what_to_do(toy: Any, how: str) -> None:
    corpus, before = toy(), children()
    model = model_for(corpus, PLAIN)
    model.encoder, model.head = Failing(how), nn.Linear(3, 3)
    with pytest.raises(ConfigError, match=r"a worker process ended .*\n.*trainer.batch_size"):
        next(iter(loop(workers=2, epochs=1)(model, corpus.train, corpus.valid)))
    assert children() == before


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("raises here", ValueError, "^not here$"),
        ("no number here", ConfigError, "^the training loss became nan in epoch 1\n"),
    ],
)
def test_an_error_of_the_first_worker_is_raised_as_it_is_and_no_other_stays(
    toy: Any, how: str, error: type[Exception], said: str
) -> None:
    corpus, before = toy(), children()
    model = model_for(corpus, PLAIN)
    model.encoder, model.head = Failing(how), nn.Linear(3, 3)
    with pytest.raises(error, match=said):
        list(loop(workers=2, epochs=2)(model, corpus.train, corpus.valid))
    assert children() == before


def test_a_worker_that_fails_after_its_last_exchange_is_told() -> None:
    team = ForkedTeam(2, 1, [])

    def work() -> None:
        if team.rank:
            raise ValueError("late")

    with pytest.raises(ConfigError, match="a worker process ended in the middle of an epoch"):
        team.together(work)


@pytest.mark.parametrize("first", [[], [4], [1, 4, 8]])
@pytest.mark.parametrize("second", [[], [2, 5]])
def test_each_row_is_moved_by_exactly_one_worker(first: list[int], second: list[int]) -> None:
    team = ForkedTeam(2, 1, [torch.zeros(9, 1)])

    def work() -> list[float]:
        ids = torch.tensor((first, second)[team.rank], dtype=torch.int64)
        _, [[(mine, gradient)]] = team.summed(torch.zeros(1), [RowGradients(ids, torch.ones(len(ids), 1))])
        return team.totals([float((mine == row).sum()) for row in (1, 2, 4, 5, 8)] + [float(gradient.sum())])

    used = {*first, *second}
    assert team.together(work) == [*(float(row in used) for row in (1, 2, 4, 5, 8)), len(first + second)]


def test_workers_are_refused_where_nothing_can_be_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlpkit.training.forked.can_fork", lambda: False)
    with pytest.raises(ConfigError, match="no process can be forked"):
        ForkedTeam(2, 10, [])


def test_rows_of_several_workers_are_added_up_in_their_order() -> None:
    ids, rows = merged(
        [
            RowGradients(torch.tensor([1, 4]), torch.tensor([[1.0], [2.0]])),
            RowGradients(torch.tensor([4, 7]), torch.tensor([[3.0], [5.0]])),
        ]
    )
    assert ids.tolist() == [1, 4, 7]
    assert rows.tolist() == [[1.0], [5.0], [5.0]]
