"""One plugin, imported into this process: what it registers, or what is wrong with it and where."""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path

from nlpkit.components.kinds import KINDS
from nlpkit.plugins import hooks
from nlpkit.plugins.catalogue import Plugin
from nlpkit.plugins.finding import COMMANDS, FoundPlugin
from nlpkit.plugins.isolation import in_words
from nlpkit.plugins.registry import Registry
from nlpkit.version import __version__

Attempt = Callable[[Callable[[], None]], BaseException | None]


def imported(each: FoundPlugin, into: Registry, attempt: Attempt) -> Plugin:
    """A plugin whose components are in the registry now: all of them, or none where it is broken."""
    plugin = Plugin.of(each)
    if each.point is None:
        return plugin
    scratch = Registry(each.distribution)
    implemented: list[str] = []
    start = time.perf_counter()
    error = attempt(partial(_register, each.point, scratch, implemented))
    seconds = time.perf_counter() - start
    if error is None:
        try:
            into.merge(scratch)
        except ValueError as taken:
            error = taken
    components = tuple(f"{kind} {entry.name}" for kind in KINDS for entry in scratch.entries(kind))
    plugin = replace(plugin, components=components, hooks=tuple(implemented), seconds=seconds)
    if error is None:
        return plugin
    return replace(plugin, problem=_reason(error), place=_place(each.point, error), trace=_trace(error))


def _register(point: EntryPoint, scratch: Registry, implemented: list[str]) -> None:
    """Import one plugin and let it register what it has; `implemented` gets the names of its hooks."""
    if not point.pattern.match(point.value):
        raise ValueError(f"the entry point {point.value!r} is neither module nor module:object")
    plugin = point.load()
    manager = hooks.managed(plugin, point.name, hooks)
    callers = manager.get_hookcallers(plugin) or ()
    if elsewhere := sorted({each.name for each in callers} & set(hooks.OF_TRACKERS)):
        raise ValueError(f"{elsewhere[0]} is never called here: it belongs to what a tracker's build() gives")
    manager.check_pending()
    if not any(each.has_spec() for each in callers):
        raise ValueError(f"{point.value} implements no hook: define nlpkit_register, marked with @hookimpl")
    implemented += sorted(hooks.implemented(manager, plugin))
    if implemented == ["nlpkit_commands"]:
        raise ValueError(f"nlpkit_commands is for entry points of the group {COMMANDS}: name the verb there")
    hooks.call(manager, "nlpkit_register", registry=scratch)


def _reason(error: BaseException) -> str:
    """An error in one line."""
    ours = isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "nlpkit"
    return in_words(error) + (f"; this is nlpkit {__version__}" if ours else "")


def package_of(point: EntryPoint) -> str:
    """The outermost package of an entry point, or its module."""
    return re.split(r"\W", point.value.strip(), maxsplit=1)[0]


def has_file(each: FoundPlugin, file: str) -> bool:
    """Whether a file is of a plugin, by the names in its path."""
    return each.point is not None and package_of(each.point) in Path(file).with_suffix("").parts


def _place(point: EntryPoint, error: BaseException) -> str:
    """Where the plugin failed, as file:line; the file alone where no line of it is to blame."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package_of(point):
            return f"{frame.f_code.co_filename}:{line}"
    module = sys.modules.get(point.value.partition(":")[0].strip())
    for name, value in vars(module).items() if module else ():
        if name.startswith("nlpkit_") and hasattr(value, "__code__"):
            return f"{value.__code__.co_filename}:{value.__code__.co_firstlineno}"
    return str(getattr(module, "__file__", "") or "")


def _trace(error: BaseException) -> tuple[str, ...]:
    """The last lines of the traceback."""
    with suppress(Exception):
        return tuple("".join(traceback.format_exception(error, limit=-6)).rstrip().split("\n")[-14:])
    return ()
