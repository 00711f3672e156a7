from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import Step
from nlpkit.components.steps import Fgm, Mixup, RDrop, WordDropout
from nlpkit.system.forking import can_fork
from nlpkit.training.passes import Pass, Passed, stepped
from tests.training.steps.passing import BATCH, CLASS_WEIGHTS, GOLD, one_step, passing
from tests.training.test_loop import LSTM, loop, model_for, same, told, weights_of, with_states

ALL = [WordDropout(fraction=0.3), Mixup(), RDrop(), Fgm()]


def test_the_first_step_is_outermost() -> None:
    order: list[str] = []

    def noting(name: str) -> Any:
        def step(go: Pass, batch: Any, labels: Any) -> Passed:
            order.append(name)
            passed = go(batch, labels)
            return replace(passed, loss=passed.loss * 2 + 1)

        return step

    go = stepped([noting("first"), noting("second")], passing(torch.zeros(3, 2)))
    passed = go(BATCH, GOLD)
    assert order == ["first", "second"]
    assert passed.loss.item() == pytest.approx((3 * np.log(2) * 2 + 1) * 2 + 1)


@pytest.mark.skipif(not can_fork(), reason="no process can be forked")
@pytest.mark.parametrize(
    "steps", [[Fgm()], [RDrop()], [RDrop(), Fgm()], [WordDropout(fraction=0.0)]], ids=str
)
def test_two_workers_take_the_step_of_one(toy: Any, steps: list[Step]) -> None:
    corpus = toy()
    encoder = Lstm(hidden_size=5, dropout=0.0, embedding=Embedding(size=4))
    found = []
    for workers in (1, 2):
        settings = {"workers": workers, "class_weights": CLASS_WEIGHTS, "batch_size": 5, "max_grad_norm": 0.5}
        found.append(one_step(corpus, encoder, steps, **settings)[1:])
    (one, report), (two, other) = found
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=0, atol=1e-6, msg=name)
    assert other.train_loss == pytest.approx(report.train_loss, rel=1e-6)


@pytest.mark.parametrize("workers", [1, 2])
def test_draws_come_from_the_seed_and_the_epoch_and_training_goes_on_bit_for_bit(
    toy: Any, workers: int
) -> None:
    if workers > 1 and not can_fork():
        pytest.skip("no process can be forked")
    corpus = toy()
    setting = loop(steps=[step.build() for step in ALL], epochs=3, workers=workers, schedule="cosine")
    whole = model_for(corpus, LSTM)
    reports, states = with_states(setting(whole, corpus.train, corpus.valid))
    torch.manual_seed(99)
    other = model_for(corpus, LSTM, seed=5)
    rest = list(setting(other, corpus.train, corpus.valid, states[0]))
    assert told(rest) == told(reports[1:])
    assert same(weights_of(other), weights_of(whole))


def test_training_with_all_of_them_learns_the_toy(toy: Any) -> None:
    corpus = toy()
    setting = loop(steps=[step.build() for step in ALL], epochs=25)
    model = model_for(corpus, EmbeddingMean(embedding=Embedding(size=16)))
    *_, last = setting(model, corpus.train, corpus.valid)
    assert last.train_accuracy > 0.8


def test_bfloat16_trains_with_all_of_them(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # the CPU, which has it and is slower with it, in the place of a GPU
    monkeypatch.setattr("nlpkit.training.loop.device_of", lambda name, **_: torch.device("cpu"))
    corpus = toy()
    losses = []
    for precision in ("float32", "bfloat16"):
        setting = loop(precision=precision, steps=[step.build() for step in ALL], epochs=4)
        *_, last = setting(model_for(corpus, EmbeddingMean()), corpus.train, corpus.valid)
        losses.append(last.train_loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.1)
    assert losses[0] != losses[1]
