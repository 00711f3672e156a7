from __future__ import annotations

import io
import os
from select import select
from typing import Any

import pytest

from nlpkit import (
    EmbeddingMean,
    Experiment,
    Headlines,
    Linear,
    Member,
    Observer,
    Offsetify,
    Standard,
    Tfidf,
    run,
)
from nlpkit.runs import side_by_side
from nlpkit.runs.progress import PlainObserver, observer_of
from nlpkit.training.progress import TrainingProgress
from tests.runs.test_progress import Progress, Terminal, lines_of

BAG = Member(encoder=EmbeddingMean(), collator=Offsetify(), trainer=Standard(epochs=1), refit=True)
LINEAR = Member(encoder=Tfidf(), collator=Offsetify(max_tokens=None), trainer=Linear())
POOL = Experiment(data=Headlines(train_size=80, valid_size=20, test_size=20), members=(BAG, LINEAR))
TRAINING = "training on 80 texts of 4 classes; 20 for validation, 20 for test"


class Watching(Observer):
    """What is said, and the classifiers of which steps are told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.stepped: list[str] = []

    def stage(self, sentence: str) -> None:
        self.said.append(sentence)

    def step(self, progress: TrainingProgress) -> None:
        self.stepped.append(progress.member)


def watched(monkeypatch: pytest.MonkeyPatch, cores: int) -> Watching:
    monkeypatch.setattr(side_by_side, "cores", lambda: cores)
    watching = Watching()
    run(POOL, observer=watching)
    return watching


def test_what_is_done_is_told_with_the_member_that_it_is_done_for(monkeypatch: pytest.MonkeyPatch) -> None:
    watching = watched(monkeypatch, 1)
    assert watching.said == [
        "reading the texts",
        "embedding_mean: tokenizing",
        f"embedding_mean: {TRAINING}",
        "embedding_mean: training again, on the validation texts as well",
        "tfidf: tokenizing",
        f"tfidf: {TRAINING}",
        "tfidf: scoring the test texts",
    ]
    assert set(watching.stepped) == {"embedding_mean"}


def test_a_member_that_is_waited_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, train = os.getpid(), side_by_side.train
    heard, told = os.pipe()

    def late(*given: Any, **named: Any) -> Any:
        if os.getpid() != parent:
            select([heard], [], [], 60)
        return train(*given, **named)

    class Waiting(Watching):
        def stage(self, sentence: str) -> None:
            super().stage(sentence)
            if sentence.startswith("waiting"):
                os.write(told, b".")

    monkeypatch.setattr(side_by_side, "train", late)
    monkeypatch.setattr(side_by_side, "cores", lambda: 2)
    watching = Waiting()
    result = run(POOL, observer=watching)
    assert watching.said[-1] == "waiting for tfidf"
    assert {epoch.member for epoch in result.epochs} == {"embedding_mean", "tfidf"}


def test_a_sign_of_life_and_a_bar_name_the_classifier_where_there_are_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("nlpkit.runs.progress.SILENT_SECONDS", 0)
    step: Any = Progress(30, 100)
    step.member = "lstm"
    lines, terminal = io.StringIO(), Terminal()
    PlainObserver(lines).step(step)
    with observer_of(terminal) as observer:
        observer.step(step)
    assert lines.getvalue() == "  lstm: epoch 10/10, text 30 of 100: loss=0.250 acc=0.750\n"
    assert any(line.startswith("lstm: epoch 10/10 ") for line in lines_of(terminal.getvalue()))
