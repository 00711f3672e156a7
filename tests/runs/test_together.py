"""Runs that several processes share, held against those of forked workers, to the bit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nlpkit
from nlpkit import (
    CheckpointEvery,
    Embedding,
    EmbeddingMean,
    Encoder,
    Experiment,
    InMemory,
    Linear,
    Lstm,
    Member,
    Observer,
    Offsetify,
    Result,
    Standard,
    Tfidf,
    Trainer,
    resume,
    run,
    together,
)
from nlpkit.errors import ConfigError, LostError
from nlpkit.runs import together as together_module
from nlpkit.system.forking import can_fork, forked
from tests.runs.quick import EXPERIMENT
from tests.training.worlds import HERE, free_port

pytestmark = pytest.mark.skipif(not can_fork(), reason="on this system no process can be forked")

QUICK = replace(EXPERIMENT, audit=False)
LSTM = Member(
    encoder=Lstm(hidden_size=4, dropout=0.2, embedding=Embedding(size=6, char_ngrams=(2, 3))),
    trainer=Standard(epochs=2, batch_size=16),
    refit=True,
)
LINEAR = Member(encoder=Tfidf(), collator=Offsetify(max_tokens=None), trainer=Linear())


def in_processes(size: int, work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, **options: Any) -> Any:
    """What the work gives in the first of the processes that torchrun would start, which is this one."""
    with free_port() as port:
        for name, value in (("MASTER_ADDR", HERE), ("MASTER_PORT", port), ("TORCHELASTIC_RUN_ID", "test")):
            monkeypatch.setenv(name, str(value))
        monkeypatch.setenv("WORLD_SIZE", str(size))

    def as_rank(rank: int) -> Any:
        os.environ["RANK"] = os.environ["LOCAL_RANK"] = str(rank)
        with together(**options) as first:
            return work() if first else None

    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("LOCAL_RANK", "0")
    with forked(partial(as_rank, rank) for rank in range(1, size)) as others:  # type: ignore[misc]
        try:
            found = as_rank(0)
        finally:
            ended = [other.finished() for other in others]
        assert all(ended)
        return found


def with_workers(experiment: Experiment, count: int) -> Experiment:
    """The same, by so many forked workers."""

    def changed(trainer: Trainer) -> Trainer:
        return replace(trainer, workers=count) if isinstance(trainer, Standard) else trainer

    members = [replace(each, trainer=changed(each.trainer)) for each in experiment.members]
    alone = {} if members else {"trainer": changed(experiment.trainer)}
    return replace(experiment, members=tuple(members), **alone)


def bits(result: Result) -> list[bytes]:
    """The weights of all members, the probabilities and the scores of each epoch."""
    weights = [each.classifier.state_dict().values() for each in result.model.parts]
    epochs = repr([(each.train_loss, each.valid, each.member) for each in result.epochs]).encode()
    return [
        *(each.numpy().tobytes() for part in weights for each in part),
        result.probabilities.tobytes(),
        epochs,
    ]


SHARED = {
    "one encoder": QUICK,
    "a pool with one that cannot be shared": replace(
        Experiment(data=QUICK.data, members=(LSTM, LINEAR), audit=False, baseline=False)
    ),
    "several seeds": replace(QUICK, seeds=2),
    "a baseline and an audit": replace(QUICK, baseline=True, audit=True),
    "weights and several labels": Experiment(
        data=InMemory(
            texts=[f"w{n % 7} v{n % 5}" for n in range(90)],
            labels=[["a"] * (n % 2) + ["b"] * (n % 3 == 0) for n in range(90)],
            weights=[1.0 + n % 3 for n in range(90)],
            multi_label=True,
        ),
        encoder=EmbeddingMean(embedding=Embedding(size=3)),
        collator=Offsetify(),
        trainer=Standard(batch_size=8, epochs=2),
        baseline=False,
        audit=False,
    ),
}


@pytest.mark.parametrize("experiment", SHARED.values(), ids=SHARED)
def test_a_run_of_two_processes_has_the_bits_of_two_workers(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks = run(with_workers(experiment, 2), observer=Observer())
    found = in_processes(2, lambda: run(experiment, tmp_path / "run", Observer()), monkeypatch)
    assert bits(found) == bits(forks)
    assert nlpkit.load(tmp_path / "run").predict(["a text"]) == forks.model.predict(["a text"])


def test_what_is_written_runs_again_on_one_machine_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_processes(2, lambda: run(QUICK, tmp_path / "run", Observer()), monkeypatch)
    assert nlpkit.load_experiment(tmp_path / "run" / "experiment.toml").trainer == replace(
        QUICK.trainer,  # type: ignore[type-var]
        workers=2,
    )
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "TORCHELASTIC_RUN_ID"):
        monkeypatch.delenv(name)
    assert nlpkit.replay(tmp_path / "run", observer=Observer()).same


def test_vectors_are_read_by_the_first_process_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text("oil 1 2 3\nprices -1 0 1\nteam 3 2 1\n", encoding="utf-8")
    encoder = EmbeddingMean(embedding=Embedding(vectors=file, frozen=True))
    experiment = replace(QUICK, encoder=encoder)
    forks = run(with_workers(experiment, 2), observer=Observer())

    def work() -> Result:
        return run(experiment, observer=Observer())

    found = in_processes(2, work, monkeypatch)
    assert bits(found) == bits(forks)


def test_several_runs_of_a_script_are_shared_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> list[Result]:
        return [run(replace(QUICK, seed=seed), observer=Observer()) for seed in (1, 2)]

    found = in_processes(2, work, monkeypatch)
    for seed, result in zip((1, 2), found, strict=True):
        assert bits(result) == bits(run(with_workers(replace(QUICK, seed=seed), 2), observer=Observer()))


@dataclass(frozen=True)
class Own(Encoder):
    """An encoder that no plugin registers.

    size: numbers of a vector
    """

    size: int = 3
    accepts = EmbeddingMean.accepts

    def build(self, vocab: Any) -> Any:
        return EmbeddingMean(embedding=Embedding(size=self.size)).build(vocab)


def test_a_component_of_the_script_is_given_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(QUICK, encoder=Own())
    found = in_processes(2, lambda: run(own, observer=Observer()), monkeypatch, classes=[Own])
    assert bits(found) == bits(run(with_workers(own, 2), observer=Observer()))


def test_what_another_process_lacks_is_said_by_the_first_with_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigError, match=r"process 1 of 2 \(on .*\): .*\n.*classes=\[Own\]"):
        in_processes(2, lambda: run(replace(QUICK, encoder=Own()), observer=Observer()), monkeypatch)


def test_an_encoder_that_is_another_one_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    home, build = os.getpid(), EmbeddingMean.build

    def other(self: EmbeddingMean, vocab: Any) -> Any:
        larger = replace(self, embedding=Embedding(size=9))
        return build(self if os.getpid() == home else larger, vocab)

    monkeypatch.setattr(EmbeddingMean, "build", other)
    with pytest.raises(ConfigError, match=r"process 1 of 2 .*is built otherwise"):
        in_processes(2, lambda: run(QUICK, observer=Observer()), monkeypatch)


def test_a_run_goes_on_after_it_was_killed_with_as_many_or_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Exception):
        pass

    class Stopping(Observer):
        def __init__(self) -> None:
            self.steps = 0

        def step(self, progress: Any) -> None:
            self.steps += 1
            if self.steps == 3:
                raise Stop

    experiment = replace(QUICK, trainer=replace(QUICK.trainer, batch_size=20))  # type: ignore[type-var]
    forks = run(with_workers(experiment, 2), observer=Observer())
    every = CheckpointEvery(steps=1)
    for size in (2, 3):
        folder = tmp_path / f"of-{size}"
        with pytest.raises(Stop):
            in_processes(
                2, lambda to=folder: run(experiment, to, Stopping(), checkpoint_every=every), monkeypatch
            )
        found = in_processes(size, lambda to=folder: resume(to, Observer()), monkeypatch)
        assert (bits(found) == bits(forks)) == (size == 2)
        said = "begun by 2 workers and goes on with 3"
        assert any(said in note.text for note in found.notes) == (size == 3)


def test_a_process_that_is_gone_leaves_what_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, backward = os.getpid(), Standard.build

    def dying(self: Standard, labels: Any, seed: int, progress: Any = None) -> Any:
        if os.getpid() != home:
            os._exit(9)
        return backward(self, labels, seed, progress)

    monkeypatch.setattr(Standard, "build", dying)
    with pytest.raises(LostError, match="process 1 of 2 of this training ended"):
        in_processes(2, lambda: run(QUICK, tmp_path / "run", Observer()), monkeypatch)


def test_one_process_that_torchrun_has_started_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = in_processes(1, lambda: run(QUICK, observer=Observer()), monkeypatch)
    assert bits(found) == bits(run(QUICK, observer=Observer()))


def test_a_script_may_leave_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> None:
        run(QUICK, observer=Observer())
        sys.exit(0)

    with pytest.raises(SystemExit) as left:
        in_processes(2, work, monkeypatch)
    assert left.value.code == 0


def test_the_others_leave_without_a_word_when_the_first_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        raise ValueError("of the script")

    def watched(launch: Any, classes: Any) -> None:
        try:
            follow(launch, classes)
        except BaseException as error:
            (tmp_path / "left").write_text(repr(error), encoding="utf-8")
            raise

    follow = together_module._follow
    monkeypatch.setattr(together_module, "_follow", watched)
    with pytest.raises(ValueError, match="of the script"):
        in_processes(2, work, monkeypatch)
    assert (tmp_path / "left").read_text(encoding="utf-8") == "SystemExit(1)"


def test_nothing_of_the_environment_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {}

    def work() -> None:
        before.update(os.environ)

    in_processes(2, work, monkeypatch)
    assert "GLOO_SOCKET_IFNAME" not in before
    assert np.all([os.environ[name] == value for name, value in before.items()])
