from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import (
    Embedding,
    EmbeddingMean,
    Experiment,
    Headlines,
    Offsetify,
    Registry,
    Standard,
    Tracker,
    hookimpl,
)
from nlpkit.notes import Note
from nlpkit.plugins import loading as plugins
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.runs.observer import Observer

EXPERIMENT = Experiment(
    data=Headlines(train_size=80, valid_size=20, test_size=20),
    encoder=EmbeddingMean(embedding=Embedding(size=4, dropout=0.1)),
    collator=Offsetify(),
    trainer=Standard(batch_size=40, epochs=2, learning_rate=0.1),
    metrics=("accuracy",),
)


def tracker_of(listener: object) -> Tracker:
    @dataclass(frozen=True)
    class Following(Tracker):
        """Builds what a test wants to listen."""

        def build(self) -> object:
            return listener

    return Following()


def followed(*listeners: object, **changes: Any) -> Experiment:
    return replace(EXPERIMENT, track=tuple(map(tracker_of, listeners)), **changes)


@dataclass(eq=False)
class Diary:
    """Writes down what it is told; `raises` has what is then raised."""

    raises: dict[str, BaseException] = field(default_factory=dict)
    told: list[Any] = field(default_factory=list)

    @hookimpl
    def nlpkit_run_started(self, experiment: Experiment, folder: Path | None) -> None:
        self._hear("started", experiment, folder)

    @hookimpl
    def nlpkit_epoch_ended(self, report: Any) -> None:
        self._hear("epoch", report)

    @hookimpl
    def nlpkit_run_ended(self, result: Any, error: BaseException | None) -> None:
        self._hear("ended", result, error)

    def _hear(self, name: str, *told: Any) -> None:
        self.told.append((name, *told))
        if name in self.raises:
            raise self.raises[name]

    @property
    def names(self) -> list[str]:
        return [name for name, *_ in self.told]


class Noting(Observer):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, note: Note) -> None:
        self.notes.append(note.text)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Tracker]], Plugins]:
    """Make a tracker one that a plugin has brought under the name `diary`."""

    def installed(tracker: type[Tracker]) -> Plugins:
        registry = Registry("nlpkit-diary")
        registry.add("diary", tracker)
        registry.merge(plugins.load([]).registry)
        all_plugins = Plugins(registry, (Plugin("diary", "nlpkit-diary", "1.2"),), ())
        for module in ("experiment.file", "runs.manifest", "models.bundle"):
            monkeypatch.setattr(f"nlpkit.{module}.load_plugins", lambda: all_plugins)
        return all_plugins

    return installed


@pytest.fixture(name="EXPERIMENT")
def experiment() -> Experiment:
    return EXPERIMENT


@pytest.fixture(name="Diary")
def diary() -> type[Diary]:
    return Diary


@pytest.fixture(name="Noting")
def noting() -> type[Noting]:
    return Noting


@pytest.fixture(name="tracker_of")
def of_a_listener() -> Callable[[object], Tracker]:
    return tracker_of


@pytest.fixture(name="followed")
def with_listeners() -> Callable[..., Experiment]:
    return followed
