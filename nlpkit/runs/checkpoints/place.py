"""Where the work on one classifier of a run is kept, until the run is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.runs.checkpoints.store import CheckpointEvery, Checkpoints

if TYPE_CHECKING:
    from nlpkit.notes import Note


@dataclass(frozen=True)
class Place:
    """A folder of its own for each classifier, and each of its trainings; nowhere without a folder."""

    folder: Path | None = None
    every: CheckpointEvery = field(default_factory=CheckpointEvery)

    def of(self, name: str) -> Place:
        """The place inside this one that has a name."""
        return replace(self, folder=None if self.folder is None else self.folder / name)

    def checkpoints(self, tell: Callable[[Note], None]) -> Checkpoints:
        """The checkpoints of a training."""
        return Checkpoints(self.folder, self.every, tell)
