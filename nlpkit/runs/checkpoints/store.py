"""The checkpoints of one training: a folder for each, of which the newest two are kept.

EPOCHS-STEPS/checkpoint.json    size and SHA-256 of the other two, and its own
EPOCHS-STEPS/state.json, tensors.safetensors
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nlpkit.errors import ConfigError, StorageError
from nlpkit.notes import Note
from nlpkit.plugins.isolation import in_words
from nlpkit.runs.checkpoints.state import REST, TENSORS, from_files, to_files
from nlpkit.system import sealed
from nlpkit.system.atomic import atomic_folder, writing
from nlpkit.system.sealed import Seal, SealError
from nlpkit.system.stopping import is_asked, stop_here
from nlpkit.version import __version__

if TYPE_CHECKING:
    from nlpkit.training.state import EpochReport, TrainerState

Take = Callable[[], "TrainerState"]
SEAL: Final = "checkpoint.json"
_KEPT: Final = 2
_COST: Final = 0.05  # share of the time that checkpoints may take
_DAMAGED: Final = (SealError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class CheckpointEvery:
    """How often a training is kept: after each epoch, unless that takes longer than it saves, and inside an
    epoch every so many steps or seconds.

    steps: steps of an epoch from one to the next; none for no count
    seconds: seconds from one to the next
    """

    steps: int | None = None
    seconds: float = 60.0


class Checkpoints:
    """The checkpoints of a training in a folder; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, every: CheckpointEvery, tell: Callable[[Note], None]) -> None:
        self._folder, self._every, self._tell = folder, every, tell
        self._last = time.monotonic()
        self._took = 0.0
        self._steps = 0
        self._fails = self._fails_in_epochs = False
        self._told = ""  # why the last one was not written

    def latest(self) -> tuple[TrainerState | None, list[EpochReport]]:
        """The newest one that is whole, and the reports of its epochs."""
        for path in reversed(self._paths()):
            try:
                seal = Seal.read(path / SEAL).checked()
                return from_files(seal.bytes_of(REST), seal.bytes_of(TENSORS))
            except _DAMAGED as error:
                said = f"the checkpoint {path.name} is damaged, and an earlier state is used: {error}"
                self._tell(Note(said, "loud"))
        return None, []

    @contextmanager
    def fitting(self, state: TrainerState | None) -> Iterator[None]:
        """Around what takes a state: ConfigError where it is one of another model."""
        try:
            yield
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            if state is None:
                raise
            raise ConfigError(
                f"the checkpoint is of another model: {in_words(error)}",
                hint="remove this folder, and run it again",
                location=str(self._folder),
            ) from None

    def after_epoch(self, take: Take, reports: Sequence[EpochReport], *, last: bool) -> None:
        """Keep the training, if it is the last epoch, or if the time is worth it."""
        if last or time.monotonic() - self._last >= self._took / _COST:
            self._keep(take, reports)

    def after_step(self, take: Take, reports: Sequence[EpochReport]) -> None:
        """Keep the training in the middle of an epoch, if it is time to."""
        self._steps += 1
        if is_asked():
            self.now(take, reports)
            stop_here()
        by_steps = self._every.steps is not None and self._steps % self._every.steps == 0
        if by_steps or time.monotonic() - self._last >= self._every.seconds:
            self.now(take, reports)

    def now(self, take: Take, reports: Sequence[EpochReport]) -> None:
        """Keep the training in the middle of an epoch, whenever it was kept before."""
        if not self._fails_in_epochs:
            self._keep(take, reports, in_epoch=True)

    def _keep(self, take: Take, reports: Sequence[EpochReport], *, in_epoch: bool = False) -> None:
        if self._folder is None or self._fails:
            return
        started = time.monotonic()
        try:
            state = take()
            if in_epoch and not state.step:  # of a trainer that can be kept after an epoch alone
                self._fails_in_epochs = True
                return
            path = self._folder / f"{state.epoch:06d}-{state.step:09d}"
            if path.exists():
                return
            with writing(path), atomic_folder(path) as partial:
                files = {name: [content] for name, content in to_files(state, reports).items()}
                sealed.write(partial / SEAL, {"nlpkit": __version__}, files)
        except StorageError as error:  # the next one may find a place
            if error.message != self._told:
                self._tell(Note(f"no checkpoint is written, and the run goes on: {error.message}"))
            self._told = error.message
            return
        except Exception as error:  # of a trainer
            self._fails = True
            reason = error.message if isinstance(error, ConfigError) else in_words(error)
            self._tell(Note(f"the trainer cannot be resumed, and the run goes on: {reason}"))
            return
        with suppress(OSError):  # an old one more is no reason to stop
            for old in self._paths()[:-_KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        self._last, self._told = time.monotonic(), ""
        self._took = self._last - started

    def _paths(self) -> list[Path]:
        """From the oldest to the newest."""
        if self._folder is None or not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.iterdir() if not path.name.startswith("."))
