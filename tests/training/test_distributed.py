"""Processes as torchrun starts them, held against forked workers, to the bit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import torch

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.errors import ConfigError, DataError, LostError, NetworkError
from nlpkit.nn.lookups import RowGradients
from nlpkit.system.forking import can_fork
from nlpkit.system.launched import Launch
from nlpkit.training.distributed import DistributedTeam
from nlpkit.training.forked import ForkedTeam
from nlpkit.training.team import Alone, joining
from nlpkit.training.world import World, meeting
from tests.training.test_loop import SMOOTH, loop, model_for, same, told, weights_of
from tests.training.worlds import HERE, free_port, in_processes

pytestmark = pytest.mark.skipif(not can_fork(), reason="on this system no process can be forked")

DROPPING = Lstm(hidden_size=6, dropout=0.3, embedding=Embedding(size=5, dropout=0.2))
BAG = EmbeddingMean(embedding=Embedding(size=7))


def trained(world: World, corpus: Any, encoder: Any, seed: int = 0, **changes: Any) -> Any:
    """The reports and the weights after a training that all processes of a world share."""
    model = model_for(corpus, encoder, seed)
    with joining(world):
        training = loop(workers=world.size, **changes)(model, corpus.train, corpus.valid)
    return told(list(training)), weights_of(model)


@pytest.mark.parametrize(
    ("encoder", "changes"),
    [
        (DROPPING, {"optimizer": "adam", "max_grad_norm": 0.1}),
        (DROPPING, {"optimizer": "adamw", "weight_decay": 0.1, "average": "ema"}),
        (DROPPING, {"optimizer": "sgd", "momentum": 0.9, "average": "swa"}),
        (DROPPING, {"embedding_updates": "dense", "embedding_learning_rate": 0.05}),
        (BAG, {"optimizer": "adagrad", "max_grad_norm": 0.5, "batch_size": 3}),
        (BAG, {"class_weights": np.array([0.5, 1.0, 3.0]), "loss": SMOOTH, "patience": 1}),
    ],
    ids=["clipped", "ema", "swa", "dense", "few texts", "patient"],
)
@pytest.mark.parametrize("size", [2, 3])
def test_processes_learn_what_as_many_forked_workers_learn_to_the_bit(
    toy: Any, monkeypatch: pytest.MonkeyPatch, size: int, encoder: Any, changes: dict[str, Any]
) -> None:
    corpus = toy()
    model = model_for(corpus, encoder)
    reports = told(list(loop(workers=size, **changes)(model, corpus.train, corpus.valid)))
    found = in_processes(size, lambda world: trained(world, corpus, encoder, **changes), monkeypatch)
    assert found[0] == reports
    assert same(found[1], weights_of(model))


def test_all_begin_with_what_the_first_one_has(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = toy()
    alike = in_processes(2, lambda world: trained(world, corpus, DROPPING), monkeypatch)
    apart = in_processes(2, lambda world: trained(world, corpus, DROPPING, seed=world.rank), monkeypatch)
    assert apart[0] == alike[0]
    assert same(apart[1], alike[1])


def test_processes_go_on_in_an_epoch_to_the_same_bits(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, changes = toy(), {"epochs": 2, "batch_size": 16}
    whole = model_for(corpus, DROPPING)
    states: list[Any] = []

    def keep(progress: Any) -> None:
        states.append(training.state())

    training = loop(workers=2, progress=keep, **changes)(whole, corpus.train, corpus.valid)
    reports = told(list(training))
    inside = [state for state in states if state.step]
    state = inside[len(inside) // 3]

    def rest(world: World) -> Any:
        model = model_for(corpus, DROPPING, seed=99)
        with joining(world):
            training = loop(workers=2, progress=lambda progress: None, **changes)(
                model, corpus.train, corpus.valid, state
            )
        return told(list(training)), weights_of(model)

    found = in_processes(2, rest, monkeypatch)
    assert found[0] == reports[state.epoch :]
    assert same(found[1], weights_of(whole))


def test_what_each_has_counted_is_there_to_go_on_from(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = toy()

    def counted(world: World) -> Any:
        model, states = model_for(corpus, DROPPING), []
        with joining(world):
            training = loop(workers=2, epochs=1, progress=lambda _: states.append(training.state()))(
                model, corpus.train, corpus.valid
            )
        list(training)
        return [state for state in states if state.step]

    def forked_ones() -> Any:
        model, states = model_for(corpus, DROPPING), []
        training = loop(workers=2, epochs=1, progress=lambda _: states.append(training.state()))(
            model, corpus.train, corpus.valid
        )
        list(training)
        return [state for state in states if state.step]

    def numbers(states: Any) -> Any:
        import json

        return [[json.loads(each)[:-1] for each in state.counted] for state in states]  # but for seconds

    found = in_processes(2, counted, monkeypatch)
    assert numbers(found) == numbers(forked_ones())
    assert len(found[0].counted) == 2


def test_another_number_of_processes_goes_on_with_all_that_was_counted(
    toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, states = toy(), []
    model = model_for(corpus, DROPPING)
    training = loop(workers=3, epochs=1, progress=lambda _: states.append(training.state()))(
        model, corpus.train, corpus.valid
    )
    [whole] = list(training)
    state = [each for each in states if each.step][2]

    def rest(world: World) -> Any:
        other = model_for(corpus, DROPPING)
        with joining(world):
            training = loop(workers=2, epochs=1, progress=lambda progress: None)(
                other, corpus.train, corpus.valid, state
            )
        return list(training)

    [report] = in_processes(2, rest, monkeypatch)
    assert report.texts == whole.texts
    assert report.padding_fraction == pytest.approx(whole.padding_fraction, abs=0.02)
    assert report.train_loss == pytest.approx(whole.train_loss, rel=0.2)


@pytest.mark.parametrize("ids", [([], []), ([4], []), ([], [2, 5]), ([1, 4, 8], [2, 4, 5])])
def test_the_shares_of_all_are_those_that_forked_workers_move(
    monkeypatch: pytest.MonkeyPatch, ids: tuple[list[int], list[int]]
) -> None:
    generator = torch.Generator().manual_seed(1)
    rows = [
        RowGradients(torch.tensor(each, dtype=torch.int64), torch.rand(len(each), 3, generator=generator))
        for each in ids
    ]
    dense = torch.rand(2, 5, generator=generator)
    forks = ForkedTeam(2, 5, [torch.zeros(9, 3)])

    def work() -> Any:
        total, [[mine]] = forks.summed(dense[forks.rank], [rows[forks.rank]])
        forks.leave(lambda: repr([total.tolist(), mine.ids.tolist(), mine.gradients.tolist()]))
        forks.meet()
        return forks.left()

    def spread(world: World) -> Any:
        team = DistributedTeam(world, torch.nn.Linear(1, 1))
        total, shares = team.summed(dense[team.rank], [rows[team.rank]])
        return [repr([total.tolist(), each.ids.tolist(), each.gradients.tolist()]) for [each] in shares]

    assert in_processes(2, spread, monkeypatch) == forks.together(work)


def test_messages_of_any_length_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [(3, 0), (100_000, 7), (0, 0), (70_000, 200_000)]

    def work(world: World) -> bool:
        for mine in sizes:
            found = world.gathered(torch.full((mine[world.rank],), world.rank + 1, dtype=torch.uint8))
            assert [len(each) for each in found] == list(mine)
            assert all(bool((each == rank + 1).all()) for rank, each in enumerate(found))
        said = [b"", b"a text", bytes(300_000)]
        assert [world.told(each if not world.rank else b"") for each in said] == said
        return True

    assert in_processes(2, work, monkeypatch)


def test_weights_of_any_layout_become_those_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(world: World) -> bool:
        across = (torch.arange(12.0).view(3, 4) + 100 * world.rank).t()
        alone, empty = torch.tensor(5 + world.rank), torch.empty(0, 3)
        world.same([across, alone, empty])
        assert across.t().tolist() == torch.arange(12.0).view(3, 4).tolist()
        assert alone.item() == 5
        return True

    assert in_processes(2, work, monkeypatch)


def test_a_process_that_has_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import signal

    def work(world: World) -> None:
        if world.rank:
            os.kill(os.getpid(), signal.SIGKILL)
        world.told(b"more")
        world.told(b"still more")

    with pytest.raises(LostError, match=r"process 1 of 2 of this training ended\n.*was killed"):
        in_processes(2, work, monkeypatch)


def test_an_error_of_any_process_is_raised_in_the_first_and_says_whose_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def work(world: World) -> None:
        if world.rank:
            world.fail(DataError("row 3 is odd", hint="mend it", location="a.csv"))
            return
        world.told(b"more")
        world.told(b"still more")

    with pytest.raises(DataError, match=r"a\.csv: process 1 of 2 \(on .*\): row 3 is odd\n  mend it"):
        in_processes(2, work, monkeypatch)


def test_a_group_that_the_script_has_itself_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(world: World) -> Any:
        if not world.rank:
            with meeting(Launch(0, 2, 0, HERE)):
                pass
        return None

    with pytest.raises(ConfigError, match="belongs to a group of torch"):
        in_processes(2, twice, monkeypatch)


def test_processes_that_do_not_reach_each_other_are_told_what_to_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nlpkit.training.world._BEGINNING", timedelta(seconds=0.3))
    with free_port() as port:
        monkeypatch.setenv("MASTER_ADDR", HERE)
        monkeypatch.setenv("MASTER_PORT", str(port))
    with (
        pytest.raises(NetworkError, match=r"do not reach each other: .*1/2(.|\n)*GLOO_SOCKET_IFNAME"),
        meeting(Launch(0, 2, 0, HERE)),
    ):
        pass


def test_a_training_outside_is_alone(toy: Any) -> None:
    corpus = toy()
    training = loop(epochs=1)(model_for(corpus, BAG), corpus.train, corpus.valid)
    assert isinstance(training._updates.team, Alone)
