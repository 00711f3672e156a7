"""Curves, scores and settings of nlpkit's runs in TensorBoard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit import Tracker, hookimpl, refuse

if TYPE_CHECKING:
    from nlpkit import Registry
    from nlpkit_tensorboard.events import Events

__all__ = ["TensorBoard"]


@dataclass(frozen=True)
class TensorBoard(Tracker):
    """TensorBoard: curves by epoch, the test scores and the settings of each run, in event files.

    folder: where all runs are; each has a folder of its own in it
    name: the name of the run; none takes that of the run folder, or "run" where nothing is written
    """

    folder: Path = Path("runs/tensorboard")
    name: str | None = None

    def __post_init__(self) -> None:
        if self.name is not None and (not self.name.strip(". ") or set(self.name) & set("/\\:\0")):
            refuse({"name": f"{self.name!r} is not the name of a folder"})

    def build(self) -> Events:
        from nlpkit_tensorboard.events import Events

        return Events(self.folder, self.name)


NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("tensorboard", TensorBoard)
