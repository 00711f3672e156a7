from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.errors import SettingsError
from nlpkit.system.forking import can_fork
from nlpkit.training.average import Average
from nlpkit.training.settings import LoopSettings
from tests.training.test_going_on import scripted
from tests.training.test_loop import loop, model_for, same, told, weights_of, with_states

MEAN = EmbeddingMean(embedding=Embedding(size=4))
WORKERS = [1, pytest.param(2, marks=pytest.mark.skipif(not can_fork(), reason="no process can be forked"))]
SETTINGS = {
    "ema": {"average": "ema", "average_decay": 0.8},
    "swa": {"average": "swa", "average_start": 0.5},
}


def moved(model: nn.Linear, value: float) -> None:
    nn.init.constant_(model.weight, value)


def in_place(average: Average, model: nn.Linear) -> float:
    with average.in_place():
        return model.weight.item()


def after_steps(count: int, *, decay: float, steps: int) -> tuple[Average, nn.Linear]:
    """An exponential average of weights that are the numbers of so many steps, and the model."""
    model = nn.Linear(1, 1, bias=False)
    average = Average(model, LoopSettings(average="ema", average_decay=decay))
    for step in range(count):
        moved(model, step)
        average.after_step(step, steps=steps)
    return average, model


def test_the_exponential_average_is_that_of_the_steps_it_has_seen() -> None:
    average, model = after_steps(30, decay=0.9, steps=25)
    decay = 0.9**10  # of ten steps
    expected = (9 * decay**2 + 19 * decay + 29) / (decay**2 + decay + 1)
    assert average.count == 3
    assert in_place(average, model) == pytest.approx(expected, rel=1e-6)
    assert model.weight.item() == 29.0


def test_an_epoch_of_few_steps_is_taken_after_its_last_one() -> None:
    average, model = after_steps(6, decay=0.5, steps=3)
    assert in_place(average, model) == pytest.approx((2 * 0.5**3 + 5) / (0.5**3 + 1), rel=1e-6)


@pytest.mark.parametrize(
    ("start", "first"), [(0.0, 1), (0.5, 3), (0.75, 3), (1.0, 3)], ids=lambda value: str(value)
)
def test_the_plain_average_is_that_of_the_ends_of_the_last_epochs(start: float, first: int) -> None:
    model = nn.Linear(1, 1, bias=False)
    average = Average(model, LoopSettings(epochs=4, average="swa", average_start=start))
    for epoch in range(1, 5):
        moved(model, epoch)
        average.after_epoch(epoch)
        average.after_step(epoch, steps=1)
    taken = list(range(first, 5))
    assert average.count == len(taken)
    assert in_place(average, model) == pytest.approx(sum(taken) / len(taken), rel=1e-6)


def test_without_an_average_the_weights_stand_for_themselves() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = Average(model, LoopSettings())
    average.after_step(0, steps=1)
    average.after_epoch(1)
    moved(model, 3.0)
    assert (average.count, in_place(average, model), average.weights()) == (0, 3.0, {})


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("updates", ["rows", "dense"])
def test_the_mean_of_the_ends_of_epochs_is_validated_and_kept(toy: Any, workers: int, updates: str) -> None:
    corpus = toy()
    rest = {"workers": workers, "embedding_updates": updates, "epochs": 4, "learning_rate": 0.1}
    plain = model_for(corpus, MEAN)
    _, states = with_states(loop(**rest)(plain, corpus.train, corpus.valid))
    averaged = model_for(corpus, MEAN)
    seen: list[Any] = []
    score = scripted([0.1, 0.2, 0.3, 0.4])

    def noting(gold: Any, found: Any) -> dict[str, float]:
        seen.append(found)
        return score(gold, found)

    setting = loop(**rest, **SETTINGS["swa"], score=noting)
    reports, others = with_states(setting(averaged, corpus.train, corpus.valid))
    assert [same(one.model, other.model) for one, other in zip(states, others, strict=True)] == [True] * 4
    for name, weight in weights_of(averaged).items():
        expected = (states[2].model[name] + states[3].model[name]) / 2
        torch.testing.assert_close(weight, expected, rtol=0, atol=1e-6, msg=name)
    assert same(weights_of(averaged), others[3].best_model)
    assert (seen[3] == corpus.valid.probabilities(averaged)).all()
    assert [report.best for report in reports] == [True] * 4


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("average", SETTINGS)
@pytest.mark.parametrize("valid", [True, False], ids=["with validation rows", "without"])
def test_going_on_from_any_epoch_gives_the_bits_of_the_run_without_a_break(
    toy: Any, workers: int, average: str, valid: bool
) -> None:
    corpus = toy()
    rows = (
        corpus.valid
        if valid
        else type(corpus.valid)(
            corpus.valid.ids.take(range(0)), corpus.valid.labels[:0], corpus.valid.collate
        )
    )
    setting = loop(workers=workers, epochs=4, **SETTINGS[average])
    model = model_for(corpus)
    whole, states = with_states(setting(model, corpus.train, rows))
    for state in states * 2:
        other = model_for(corpus, seed=99)
        rest = list(setting(other, corpus.train, rows, state))
        assert told(rest) == told(whole[state.epoch :])
        assert same(weights_of(other), weights_of(model))
    assert same(weights_of(model), states[-1].best_model)
    assert not same(states[-1].model, states[-1].best_model)


@pytest.mark.skipif(not can_fork(), reason="no process can be forked")
def test_workers_have_the_average_of_one_process(toy: Any) -> None:
    corpus, found = toy(), []
    for workers in (1, 2):
        model = model_for(corpus, MEAN)
        setting = loop(workers=workers, epochs=3, learning_rate=0.01, **SETTINGS["ema"])
        list(setting(model, corpus.train, corpus.valid))
        found.append(weights_of(model))
    for name, weight in found[0].items():
        torch.testing.assert_close(found[1][name], weight, rtol=0, atol=1e-5, msg=name)


def test_the_best_average_is_kept_and_not_the_last(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, MEAN)
    setting = loop(epochs=4, score=scripted([0.1, 0.2, 0.9, 0.3]), average="swa", average_start=0.0)
    _, states = with_states(setting(model, corpus.train, corpus.valid))
    assert same(weights_of(model), states[2].best_model)
    assert states[3].best_epoch == 3


def test_epochs_before_the_first_average_do_not_compete_with_it(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, MEAN)
    setting = loop(epochs=4, score=scripted([0.9, 0.8, 0.7, 0.1]), average="swa")
    reports, states = with_states(setting(model, corpus.train, corpus.valid))
    assert [report.best for report in reports] == [True, False, False, True]
    assert same(weights_of(model), states[3].average)


def test_a_decay_that_forgets_nothing_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"average_decay: 1.0 is not a number from 0 to 0.999999"):
        LoopSettings(average="ema", average_decay=1.0)
