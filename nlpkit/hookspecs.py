"""The hooks there are: one that a plugin implements, and three of the objects that trackers build.

An implementation takes the arguments it needs, by their names.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
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


def managed(plugin: object, name: str) -> pluggy.PluginManager:
    """A manager of one plugin alone; PluginValidationError where an implementation cannot work.

    A wrapper runs, around nothing.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(sys.modules[__name__])
    manager.register(plugin, name=name)
    for caller in manager.get_hookcallers(plugin) or ():
        for each in caller.get_hookimpls():
            if (kind := _lazy(each.function)) and not (each.wrapper or each.hookwrapper):
                said = f"{caller.name} of {name} is {kind}, and its body would never run"
                raise pluggy.PluginValidationError(plugin, f"{said}: make it a plain function")
    return manager


def call(manager: pluggy.PluginManager, hook: str, **told: object) -> None:
    """Call the implementation there is; TypeError where it gives something that nobody runs."""
    given_back = getattr(manager.hook, hook)(**told)
    for given in given_back if isinstance(given_back, list) else ():  # a wrapper gives back what it likes
        if inspect.iscoroutine(given) or inspect.isgenerator(given) or inspect.isasyncgen(given):
            getattr(given, "close", str)()
            raise TypeError(f"{hook} gives a {type(given).__name__}, and its body never runs")


def _lazy(function: Callable[..., object]) -> str:
    """What a call of a function gives before any line of it runs; empty where it runs."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return "a generator"
    return "a coroutine" if inspect.iscoroutinefunction(function) else ""
