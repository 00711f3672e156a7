"""Runs inside a program that has set torch its own way, and that runs several at once."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from nlpkit import (
    Embedding,
    EmbeddingMean,
    Experiment,
    Headlines,
    Lstm,
    Offsetify,
    Padify,
    PadLength,
    Standard,
    load,
    run,
)
from tests.nn.test_modes import MODES

DATA = Headlines(train_size=60, valid_size=20, test_size=20)


def experiment(**changes: Any) -> Experiment:
    encoder = Lstm(hidden_size=4, dropout=0.3, embedding=Embedding(size=4, dropout=0.5))
    trainer = Standard(epochs=2, batch_size=8)
    return Experiment(**{"data": DATA, "encoder": encoder, "trainer": trainer, **changes})


def weights(experiment: Experiment) -> dict[str, torch.Tensor]:
    return run(experiment).model.classifier.state_dict()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def alone() -> dict[str, torch.Tensor]:
    return weights(experiment())


@pytest.mark.parametrize("mode", MODES)
def test_a_run_gives_the_same_bits_whatever_its_host_has_set(mode: str, alone: Any) -> None:
    with MODES[mode]():
        assert same(alone, weights(experiment()))


@pytest.mark.parametrize("mode", MODES)
def test_a_model_loads_and_predicts_whatever_its_host_has_set(mode: str, trained: Path) -> None:
    expected = load(trained).probabilities(["Coach praises striker"])
    with MODES[mode]():
        assert (load(trained).probabilities(["Coach praises striker"]) == expected).all()


def test_a_run_leaves_the_random_state_of_its_host_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    weights(experiment())
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("encoder", [None, EmbeddingMean(embedding=Embedding(size=4, dropout=0.5))], ids=str)
def test_runs_in_several_threads_give_the_bits_of_a_run_alone(encoder: EmbeddingMean | None) -> None:
    settings = experiment(**({"encoder": encoder} if encoder else {}))
    expected = weights(settings)
    found: list[dict[str, torch.Tensor]] = []
    threads = [threading.Thread(target=lambda: found.append(weights(settings))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [same(expected, each) for each in found] == [True] * 4


@pytest.mark.parametrize(
    "collator", [Padify(), PadLength(max_tokens=3), Offsetify(max_tokens=2, keep="both")]
)
def test_what_goes_to_other_processes_can_be_pickled_before_and_after_its_use(collator: Any) -> None:
    encoder = EmbeddingMean(embedding=Embedding(size=4))
    settings = experiment(collator=collator, encoder=encoder, trainer=Standard(epochs=1))
    model = run(settings).model
    text = "Coach praises striker"
    expected = pickle.loads(pickle.dumps(model)).predict([text])
    assert model.predict([text]) == expected
    assert pickle.loads(pickle.dumps(model)).predict([text]) == expected
    for built in (settings.data.build(), settings.tokenizer.build(), collator.build(model.vocab)):
        pickle.loads(pickle.dumps(built))
    pickle.loads(pickle.dumps(settings.trainer.build(model.labels, 1)))
