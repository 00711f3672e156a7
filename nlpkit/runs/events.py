"""The hooks of what a tracker builds. An implementation takes the arguments it needs, by their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.plugins.hooks import hookspec

if TYPE_CHECKING:
    from nlpkit.experiment.value import Experiment
    from nlpkit.runs.result import Result
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import EpochReport


@hookspec
def nlpkit_run_started(experiment: Experiment, folder: Path | None) -> None:
    """A run begins, and nothing has been read yet. `folder` is where it will be written, if anywhere."""


@hookspec
def nlpkit_step_ended(progress: TrainingProgress) -> None:
    """A batch has been trained on. `progress` is a copy; reading its `loss` or `accuracy` waits for a GPU."""


@hookspec
def nlpkit_epoch_ended(report: EpochReport) -> None:
    """An epoch is done, and the next one begins when this returns."""


@hookspec
def nlpkit_run_ended(result: Result | None, error: BaseException | None) -> None:
    """The run is over. Where it succeeded, `error` is None and the folder is complete; where it failed or was
    interrupted, `result` is None, `error` is why, and there is no folder.
    """
