"""Who watches a run while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import EpochReport


class Observer(Protocol):
    """Who wants to watch a run while it goes on."""

    def stage(self, sentence: str) -> None:
        """A part of the work begins."""

    def note(self, sentence: str, *, loud: bool = False) -> None:
        """Something worth knowing; `loud` must not be overlooked."""

    def step(self, progress: TrainingProgress) -> None:
        """A batch has been trained on."""

    def epoch(self, report: EpochReport) -> None:
        """An epoch is done."""


class Silent:
    """An observer that looks away."""

    def stage(self, sentence: str) -> None: ...
    def note(self, sentence: str, *, loud: bool = False) -> None: ...
    def step(self, progress: TrainingProgress) -> None: ...
    def epoch(self, report: EpochReport) -> None: ...
