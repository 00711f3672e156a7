from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nlpkit.training.rows import Rows
from nlpkit.training.state import TrainerState
from tests.training.test_loop import SMOOTH, first, loop, model_for, same, told, weights_of, with_states


def scripted(values: list[float], name: str = "accuracy") -> Callable[..., dict[str, float]]:
    """A score that takes these values, an epoch each."""
    left = iter(values)
    return lambda gold, found: {name: next(left)}


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam", "schedule": "cosine", "warmup_fraction": 0.3},
        {"optimizer": "adamw", "schedule": "linear", "weight_decay": 0.1, "max_grad_norm": 0.5},
        {"optimizer": "sgd", "momentum": 0.9, "loss": SMOOTH},
        {"optimizer": "adagrad", "embedding_learning_rate": 0.3, "embedding_updates": "dense"},
    ],
    ids=lambda changes: changes["optimizer"],
)
def test_going_on_from_any_epoch_gives_the_bits_of_the_run_without_a_break(
    toy: Any, changes: dict[str, Any]
) -> None:
    corpus = toy()
    model = model_for(corpus)
    whole, states = with_states(loop(**changes)(model, corpus.train, corpus.valid))
    assert len(whole) == 5
    for state in states * 2:  # twice: going on changes nothing in the state it starts from
        other = model_for(corpus, seed=99)
        rest = list(loop(**changes)(other, corpus.train, corpus.valid, state))
        assert same(weights_of(other), weights_of(model))
        assert told(rest) == told(whole[state.epoch :])


def test_patience_and_the_best_epoch_survive_a_break(toy: Any) -> None:
    corpus, values = toy(), [0.2, 0.5, 0.4, 0.5, 0.3, 0.9]
    model = model_for(corpus)
    setting = loop(epochs=6, patience=3, score=scripted(values))
    whole, states = with_states(setting(model, corpus.train, corpus.valid))
    assert [report.best for report in whole] == [True, True, False, False, False]
    for state in states:
        other = model_for(corpus, seed=1)
        again = loop(epochs=6, patience=3, score=scripted(values[state.epoch :]))
        rest = list(again(other, corpus.train, corpus.valid, state))
        assert told(rest) == told(whole[state.epoch :])
        assert same(weights_of(other), states[1].model)


def test_a_state_is_plain_data_on_the_cpu(toy: Any) -> None:
    training = loop()(model_for(toy()), toy().train, toy().valid)
    report = first(training)

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(plain(item) for item in value.values())
        if isinstance(value, list | tuple):
            return all(plain(item) for item in value)
        if isinstance(value, torch.Tensor):
            return value.device.type == "cpu" and not value.requires_grad
        return value is None or isinstance(value, bool | int | float | str)

    assert plain(vars(report))
    assert plain(vars(training.state()))


def test_a_state_stays_as_it_is_while_training_goes_on(toy: Any) -> None:
    training = loop(epochs=3)(model_for(toy()), toy().train, toy().valid)
    reports = iter(training)
    next(reports)
    state = training.state()
    before = {name: tensor.clone() for name, tensor in state.model.items()}
    moments = state.optimizer["dense"]["moment0.0"].clone()
    list(reports)
    assert same(state.model, before)
    assert torch.equal(state.optimizer["dense"]["moment0.0"], moments)


def test_the_best_weights_are_held_once_however_often_they_change(toy: Any) -> None:
    def held() -> int:
        return sum(type(each) is torch.Tensor for each in gc.get_objects())

    gc.collect()
    training = loop(epochs=6, score=scripted([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))(
        model_for(toy()), toy().train, toy().valid
    )
    counts = [held() for _ in training]
    assert counts[5] == counts[1]


def test_the_weights_of_the_best_epoch_are_put_back_for_use(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus)
    setting = loop(epochs=4, score=scripted([0.1, 0.8, 0.8, 0.3]))
    reports, states = with_states(setting(model, corpus.train, corpus.valid))
    assert [report.best for report in reports] == [True, True, False, False]
    assert same(weights_of(model), states[1].model)
    assert not model.training


def test_training_stops_where_a_score_that_should_fall_has_not_fallen(toy: Any) -> None:
    values = [0.9, 0.5, 0.6, 0.7, 0.1]
    setting = loop(patience=2, score=scripted(values, "log_loss"), monitor="log_loss", higher_is_better=False)
    reports = list(setting(model_for(toy()), toy().train, toy().valid))
    assert [report.best for report in reports] == [True, True, False, False]


def test_without_validation_rows_the_last_epoch_is_the_best(toy: Any) -> None:
    corpus = toy()
    nothing = Rows(corpus.train.ids.take([]), np.empty(0, np.int64), corpus.train.collate)
    model = model_for(corpus)
    for higher in (True, False):
        setting = loop(epochs=3, patience=1, higher_is_better=higher)
        reports, states = with_states(setting(model, corpus.train, nothing))
        assert [(report.best, report.valid) for report in reports] == [(True, {})] * 3
        assert same(weights_of(model), states[-1].model)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam", "schedule": "cosine", "warmup_fraction": 0.3},
        {"optimizer": "adamw", "weight_decay": 0.1, "max_grad_norm": 0.5, "average": "ema"},
        {"optimizer": "adagrad", "embedding_learning_rate": 0.3, "average": "swa"},
    ],
    ids=lambda changes: changes["optimizer"],
)
def test_going_on_after_any_step_gives_the_bits_of_the_run_without_a_break(
    toy: Any, changes: dict[str, Any], workers: int
) -> None:
    corpus, states, training = toy(), list[TrainerState](), list[Any]()

    def step(progress: object) -> None:
        states.append(training[-1].state())

    settings = {**changes, "workers": workers, "epochs": 3}
    model = model_for(corpus)
    training.append(loop(**settings, progress=step)(model, corpus.train, corpus.valid))
    whole = list(training[-1])
    steps = {(state.epoch, state.step) for state in states}
    assert len(steps) == len(states) > 2 * len(whole)
    for state in states:
        other = model_for(corpus, seed=99)
        going_on = loop(**settings, progress=lambda progress: None)
        rest = list(going_on(other, corpus.train, corpus.valid, state))
        assert same(weights_of(other), weights_of(model))
        assert told(rest) == told(whole[state.epoch :])


@pytest.mark.parametrize("counted", ["touch executed", "[]", "[1, 0.1, 3, 4, {}, {}]", "7"])
def test_counts_that_are_none_are_refused_before_the_training_goes_on(toy: Any, counted: str) -> None:
    corpus, states, training = toy(), list[TrainerState](), list[Any]()

    def step(progress: object) -> None:
        states.append(training[-1].state())

    training.append(loop(epochs=1, progress=step)(model_for(corpus), corpus.train, corpus.valid))
    list(training[-1])
    begun = replace(next(state for state in states if state.step), counted=(counted,))
    with pytest.raises((ValueError, TypeError)):
        loop(epochs=1)(model_for(corpus), corpus.train, corpus.valid, begun)
