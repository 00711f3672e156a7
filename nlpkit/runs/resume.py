"""resume(folder): a run that was stopped goes on, to the bits that it would have had."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.components.in_memory import InMemory
from nlpkit.errors import ConfigError, DataError
from nlpkit.experiment.file import load_experiment
from nlpkit.runs.checkpoints.begun import UNFINISHED, experiment_file, require_asked
from nlpkit.runs.run import run
from nlpkit.system.resumable import final_of, partial_of

if TYPE_CHECKING:
    from nlpkit.experiment.value import Experiment
    from nlpkit.runs.checkpoints.store import CheckpointEvery
    from nlpkit.runs.observer import Observer
    from nlpkit.runs.result import Result


def resume(
    folder: Path | str,
    observer: Observer | None = None,
    *,
    progress: bool = False,
    checkpoint_every: CheckpointEvery | None = None,
) -> Result:
    """Go on with a run that was killed or interrupted, from its newest checkpoint; `folder` is the run folder
    that it was to write, or NAME.partial itself.

    ConfigError where there is nothing to go on from, where another process is at it, or where the experiment,
    the data or a version is no longer the one that the run began with.
    """
    final = final_of(_named(Path(folder)))
    if not _is_there(partial_of(final)):
        finished = _is_there(final) and (final / "manifest.json").is_file()
        if finished:
            shutil.rmtree(final / UNFINISHED, ignore_errors=True)  # of one that was killed at its very end
        said = "this run is finished" if finished else "there is no run here that was stopped"
        raise ConfigError(said, location=str(folder), hint="nlpkit runs lists those that can go on")
    experiment = load_experiment(experiment_file(partial_of(final) / UNFINISHED))
    if isinstance(experiment.data, InMemory):
        raise DataError(
            "the texts of this run were in memory",
            hint="give them again, in Python: nlpkit.run(experiment, folder, resume=True)",
            location=str(final),
        )
    return run(experiment, final, observer, progress=progress, checkpoint_every=checkpoint_every, resume=True)


def _is_there(folder: Path) -> bool:
    """Whether there is such a folder, of any name whatever."""
    with suppress(OSError, ValueError):  # too long, or with a NUL
        return folder.is_dir()
    return False


def _named(folder: Path) -> Path:
    """A folder with a name of its own, which `.` has not."""
    return folder if folder.name not in ("", "..") else Path(os.path.abspath(folder))  # noqa: PTH100


def run_or_resume(
    experiment: Experiment,
    folder: Path,
    *,
    progress: bool = False,
    checkpoint_every: CheckpointEvery | None = None,
) -> Result:
    """Go on in the folder where this experiment was stopped; ConfigError where that was another one."""
    require_asked(partial_of(folder) / UNFINISHED, experiment, final=folder)
    return resume(folder, progress=progress, checkpoint_every=checkpoint_every)
