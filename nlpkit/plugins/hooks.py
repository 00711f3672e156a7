"""The hook that a plugin implements, and how hooks are called.

An implementation takes the arguments it needs, by their names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from nlpkit.plugins.registry import Registry

GROUP = "nlpkit"
OF_TRACKERS = ("nlpkit_run_started", "nlpkit_step_ended", "nlpkit_epoch_ended", "nlpkit_run_ended")

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
"""Marks a function as a hook of a plugin. It takes the arguments it needs, by their names."""


@hookspec
def nlpkit_register(registry: Registry) -> None:
    """Add components: `registry.add("cnn", Cnn)` for each settings class."""


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
