"""Who watches a run while it goes on."""

from __future__ import annotations

import sys
import warnings
from itertools import takewhile
from traceback import walk_stack
from typing import TYPE_CHECKING

from nlpkit.notes import NlpkitWarning, Note

if TYPE_CHECKING:
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import EpochReport


class Observer:
    """Whoever watches a run while it goes on. This one looks away: override what you want to hear of."""

    def stage(self, sentence: str) -> None:
        """A part of the work begins."""

    def note(self, note: Note) -> None:
        """Something worth knowing; a loud note must not be overlooked."""

    def step(self, progress: TrainingProgress) -> None:
        """A batch has been trained on."""

    def epoch(self, report: EpochReport) -> None:
        """An epoch is done."""


class WarningObserver(Observer):
    """Loud notes as warnings, at the line that called nlpkit."""

    def note(self, note: Note) -> None:
        if note.level == "loud":
            modules = (frame.f_globals.get("__name__", "") for frame, _ in walk_stack(sys._getframe()))
            ours = takewhile(lambda name: name.startswith("nlpkit."), modules)
            warnings.warn(note.text, NlpkitWarning, stacklevel=1 + len(list(ours)))


class Observers(Observer):
    """Several observers as one."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def stage(self, sentence: str) -> None:
        for observer in self._observers:
            observer.stage(sentence)

    def note(self, note: Note) -> None:
        for observer in self._observers:
            observer.note(note)

    def step(self, progress: TrainingProgress) -> None:
        for observer in self._observers:
            observer.step(progress)

    def epoch(self, report: EpochReport) -> None:
        for observer in self._observers:
            observer.epoch(report)
