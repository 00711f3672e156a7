"""Who is told how a run goes, and what was told: notes, epochs, and the seconds of each stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from nlpkit.runs.observer import Observer

if TYPE_CHECKING:
    from nlpkit.notes import Note
    from nlpkit.runs.folder import RunFolder
    from nlpkit.runs.tracking import Tracking
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import EpochReport


class Told:
    """An observer, trackers and a folder that hear of a run, or nobody; `notes`, `epochs` and `seconds` of
    each stage are kept. `member` is the name of the classifier that is at work, where there are several, and
    `turn` that of the seed. With `once` a note that was told before is passed over: seeds have much the same.
    """

    def __init__(
        self,
        observer: Observer | None = None,
        tracking: Tracking | None = None,
        written: RunFolder | None = None,
        *,
        once: bool = False,
    ) -> None:
        self.notes: list[Note] = []
        self.epochs: list[EpochReport] = []
        self.seconds: dict[str, float] = {}
        self.turn = self.member = ""
        self.once = once
        self._observer = observer or Observer()
        self._tracking = tracking
        self._written = written
        self._away = 0.0  # seconds of the stage that do not count

    def say(self, sentence: str) -> None:
        """Tell what is being done."""
        self._observer.stage(_of(self._at_work, sentence))

    @property
    def _at_work(self) -> str:
        """The seed and the classifier."""
        return "/".join(filter(None, (self.turn, self.member)))

    @contextmanager
    def stage(self, name: str, sentence: str = "") -> Iterator[None]:
        """A part of the work, whose seconds are kept under its name."""
        if sentence:
            self.say(sentence)
        since, away = time.perf_counter(), self._away
        yield
        spent = time.perf_counter() - since - (self._away - away)
        self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def note(self, *notes: Note) -> None:
        """Tell what is worth knowing."""
        for note in notes:
            note = replace(note, text=_of(self.member, note.text))
            if self.once and note in self.notes:
                continue
            self.notes.append(note)
            self._observer.note(note)

    def epoch(self, report: EpochReport) -> None:
        """Tell of an epoch that is done."""
        report = replace(report, member=self._at_work)
        self.epochs.append(report)
        if self._written is not None:
            self._written.epoch(report)
        self._observer.epoch(report)
        if self._tracking is not None:
            with self._paused():
                self._tracking.epoch_ended(report)
        self.note(*report.notes)

    @property
    def step(self) -> Callable[[TrainingProgress], None]:
        """What is told of each step."""
        tracking = self._tracking if self._tracking and self._tracking.follows_steps() else None

        def step(progress: TrainingProgress) -> None:
            progress.member = self._at_work
            self._observer.step(progress)
            if tracking is not None:
                with self._paused():
                    tracking.step_ended(progress)

        return step

    @contextmanager
    def _paused(self) -> Iterator[None]:
        """What trackers do does not count."""
        since = time.perf_counter()
        yield
        self._away += time.perf_counter() - since

    def apart(self) -> Told:
        """Who hears of the steps alone, of a training whose epochs and notes say nothing new."""
        told = Told(_StepsAlone(self._observer), once=self.once)
        told.turn, told.member = self.turn, self.member
        return told

    def again(self, other: Told) -> None:
        """Tell what another was told, in a process that nobody heard."""
        self.turn = ""
        for report in other.epochs:
            self.member = report.member
            self.epoch(replace(report, notes=()))
        self.member = ""
        self.note(*other.notes)


def _of(name: str, sentence: str) -> str:
    return f"{name}: {sentence}" if name else sentence


class _StepsAlone(Observer):
    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def step(self, progress: TrainingProgress) -> None:
        self._observer.step(progress)
