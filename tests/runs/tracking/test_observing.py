from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nlpkit import (
    Experiment,
    Observer,
    Standard,
    Tracker,
    hookimpl,
    run,
)
from nlpkit.plugins.catalogue import Plugins


class Meddling:
    """Does to the process what no tracker should."""

    @hookimpl
    def nlpkit_run_started(self) -> None:
        self.meddle()

    @hookimpl
    def nlpkit_epoch_ended(self) -> None:
        self.meddle()

    @hookimpl
    def nlpkit_run_ended(self) -> None:
        self.meddle()
        raise RuntimeError("at last")

    def meddle(self) -> None:
        random.seed(1)
        np.random.seed(1)
        torch.manual_seed(1)
        torch.rand(3)
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_grad_enabled(False)


class Drawing(Standard):
    """Training that draws from all global random states between epochs."""

    def build(self, *given: Any, **named: Any) -> Any:
        train = super().build(*given, **named)

        def drawing(model: Any, *rest: Any) -> Any:
            for report in train(model, *rest):
                yield report
                with torch.no_grad():
                    for weight in model.parameters():
                        weight += torch.rand(()) + random.random() + float(np.random.rand())

        return drawing


def weights(experiment: Experiment) -> dict[str, bytes]:
    random.seed(5)
    np.random.seed(5)
    state = run(experiment, observer=Observer()).model.classifier.state_dict()
    return {name: weight.numpy().tobytes() for name, weight in state.items()}


@pytest.mark.parametrize("trainer", [Standard, Drawing])
def test_the_weights_are_the_same_bits_with_and_without(
    Diary: Any, EXPERIMENT: Experiment, tracker_of: Callable[..., Tracker], trainer: type[Standard]
) -> None:
    plain = replace(EXPERIMENT, trainer=trainer(epochs=3, batch_size=16))
    assert weights(plain) == weights(replace(plain, track=(tracker_of(Meddling()), tracker_of(Diary()))))


def test_modes_of_torch_are_put_back(followed: Callable[..., Experiment]) -> None:
    run(followed(Meddling()), observer=Observer())
    assert torch.get_default_dtype() is torch.float32
    assert torch.get_default_device() == torch.device("cpu")
    assert torch.is_grad_enabled()
    assert torch.empty(1).device.type == "cpu"


def test_nothing_else_of_the_process_is_put_back(
    followed: Callable[..., Experiment], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Another thread might have done it."""

    class Busy:
        @hookimpl
        def nlpkit_epoch_ended(self) -> None:
            os.chdir(os.sep)
            os.environ["OF_THE_HOST"] = "set"
            print("printed")
            os.write(1, b"written\n")

    monkeypatch.chdir(Path.cwd())
    monkeypatch.setenv("OF_THE_HOST", "before")
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    run(followed(Busy()))
    assert (Path.cwd(), os.environ["OF_THE_HOST"]) == (Path(os.sep), "set")
    assert {number: signal.getsignal(number) for number in signal.valid_signals()} == handlers
    captured = capfd.readouterr()
    assert (sorted(captured.out.split()), captured.err) == (["printed"] * 2 + ["written"] * 2, "")


def test_a_folder_is_written_where_it_was_meant_wherever_a_tracker_goes(
    followed: Callable[..., Experiment],
    install: Callable[..., Plugins],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Leaving:
        @hookimpl
        def nlpkit_epoch_ended(self) -> None:
            os.chdir(elsewhere)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)
    experiment = followed(Leaving())
    install(type(experiment.track[0]))
    run(experiment, "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "run"]
    assert (tmp_path / "run" / "scores.json").is_file()
    assert list(elsewhere.iterdir()) == []


def test_its_time_is_not_counted(
    followed: Callable[..., Experiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, real = [0.0], time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: real() + clock[0])

    class Slow:
        @hookimpl
        def nlpkit_epoch_ended(self) -> None:
            clock[0] += 10_000

    result = run(followed(Slow()))
    assert clock == [20_000.0]
    assert max(result.wall_seconds.values()) < 10_000
    assert max(report.train_seconds for report in result.epochs) < 10_000


def test_without_trackers_the_process_is_not_even_looked_at(
    EXPERIMENT: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> None:
        raise AssertionError

    monkeypatch.setattr("nlpkit.runs.tracking.ambient_kept", asked)
    run(EXPERIMENT)


class Editing:
    """Writes over the scores it is told."""

    @hookimpl
    def nlpkit_epoch_ended(self, report: Any) -> None:
        report.valid["accuracy"] = "a word"


def test_scores_that_a_tracker_writes_over_stay_as_they_were(followed: Callable[..., Experiment]) -> None:
    assert run(followed(Editing())).epochs[0].valid == run(followed()).epochs[0].valid
