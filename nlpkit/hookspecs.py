"""The hooks there are: one that a plugin implements, and three of the objects that trackers build.

An implementation takes those of the arguments that it wants, by their names.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from nlpkit.experiment import Experiment
    from nlpkit.registry import Registry
    from nlpkit.running import Result
    from nlpkit.training.state import EpochReport

GROUP = "nlpkit"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def nlpkit_register(registry: Registry) -> None:
    """Add components: `registry.add("cnn", Cnn)` for each settings class."""


@hookspec
def nlpkit_run_started(experiment: Experiment, folder: Path | None) -> None:
    """A run begins, and nothing has been read yet. `folder` is where it will be written, if anywhere."""


@hookspec
def nlpkit_epoch_ended(report: EpochReport) -> None:
    """An epoch is done, and the next one begins when this returns."""


@hookspec
def nlpkit_run_ended(result: Result | None, error: BaseException | None) -> None:
    """The run is over. Where it succeeded, `error` is None and the folder is complete; where it failed or was
    interrupted, `result` is None, `error` is why, and there is no folder.
    """
