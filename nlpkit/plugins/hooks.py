"""The hooks that a plugin implements, and how hooks are called.

An implementation takes the arguments it needs, by their names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

import pluggy

if TYPE_CHECKING:
    import click
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.plugins.registry import Registry
    from nlpkit.scoring.decisions import Decision
    from nlpkit.vocab import Labels

GROUP = "nlpkit"
OF_TRACKERS = ("nlpkit_run_started", "nlpkit_step_ended", "nlpkit_epoch_ended", "nlpkit_run_ended")

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
"""Marks a function as a hook of a plugin. It takes the arguments it needs, by their names."""


class Predictor(Protocol):
    """What a hook may rely on of an `nlpkit.Model`."""

    @property
    def labels(self) -> Labels: ...

    @property
    def decision(self) -> Decision: ...

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]: ...


@hookspec
def nlpkit_register(registry: Registry) -> None:
    """Add components: `registry.add("cnn", Cnn)` for each settings class."""


@hookspec
def nlpkit_predicted(
    texts: Sequence[str],
    labels: Sequence[str | None],
    probabilities: NDArray[np.float64],
    model: Predictor,
) -> Mapping[str, Sequence[object]]:
    """Columns to put beside the labels of some texts: by the name of each, one value a text. A label is None
    where the model is not sure enough to give one. Where a text has any number of labels,
    `model.decision.multi_label`, those of each are a tuple.
    """
    return {}


@hookspec
def nlpkit_commands(group: click.Group) -> None:
    """Add the verb that the entry point is named after: `group.add_command(...)`."""


def managed(plugin: object, name: str, specs: ModuleType) -> pluggy.PluginManager:
    """A manager of one plugin alone, for the hooks of `specs`; PluginValidationError where an implementation
    cannot work.

    A wrapper runs, around nothing.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(specs)
    manager.register(plugin, name=name)
    for caller in manager.get_hookcallers(plugin) or ():
        for each in caller.get_hookimpls():
            if (kind := _lazy(each.function)) and not (each.wrapper or each.hookwrapper):
                said = f"{caller.name} of {name} is {kind}, and its body would never run"
                raise pluggy.PluginValidationError(plugin, f"{said}: make it a plain function")
    return manager


def call(manager: pluggy.PluginManager, hook: str, **told: object) -> object:
    """What the implementation gives, None where there is none; TypeError where that is something that nobody
    runs.
    """
    given_back = getattr(manager.hook, hook)(**told)
    if not isinstance(given_back, list):
        return given_back  # by a wrapper, which gives back what it likes
    for given in given_back:
        if inspect.iscoroutine(given) or inspect.isgenerator(given) or inspect.isasyncgen(given):
            getattr(given, "close", str)()
            raise TypeError(f"{hook} gives a {type(given).__name__}, and its body never runs")
    return given_back[0] if given_back else None


def implemented(manager: pluggy.PluginManager, plugin: object) -> dict[str, Callable[..., object]]:
    """The functions of a plugin by the hooks that call them."""
    callers = [each for each in manager.get_hookcallers(plugin) or () if each.has_spec()]
    return {each.name: each.get_hookimpls()[-1].function for each in callers}


def _lazy(function: Callable[..., object]) -> str:
    """What a call of a function gives before any line of it runs; empty where it runs."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return "a generator"
    return "a coroutine" if inspect.iscoroutinefunction(function) else ""
