from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from nlpkit import PadLength, Standard
from nlpkit.errors import ConfigError
from nlpkit.training.devices import device_of


@pytest.fixture
def a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)


@pytest.mark.usefixtures("a_gpu")
def test_auto_takes_the_gpu_whatever_the_number_of_workers() -> None:
    for workers in (1, 2):
        assert device_of("auto", workers=workers, precision="float32") == torch.device("cuda")


@pytest.mark.usefixtures("a_gpu")
@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda", "trainer.workers: 2 workers cannot share cuda\n  set trainer.workers = 1, or"),
        (
            "cpu",
            "trainer.workers: 2 workers cannot train on the CPU of a machine whose GPU torch sees\n  ",
        ),
    ],
)
def test_workers_are_refused_where_they_cannot_work(device: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        device_of(device, workers=2, precision="float32")
    assert str(caught.value).startswith(message)
    assert [str(each) for each in Standard(device=device, workers=2).problems_here()] == [str(caught.value)]


@pytest.mark.usefixtures("a_gpu")
def test_one_process_may_train_on_the_cpu_of_a_machine_with_a_gpu() -> None:
    assert device_of("cpu", workers=1, precision="float32") == torch.device("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_on_a_gpu_workers_are_said_to_be_idle(toy: Callable[..., Any]) -> None:
    from nlpkit import Lstm
    from nlpkit.nn import Classifier

    corpus = toy(PadLength())
    model = Classifier(Lstm(hidden_size=4).build(corpus.vocab), len(corpus.labels))
    train = Standard(epochs=1, workers=2).build(corpus.labels, 1, None)
    [report] = train(model, corpus.train, corpus.valid, None)
    assert "trainer.workers is for the CPU; cuda was used by one process" in map(str, report.notes)
