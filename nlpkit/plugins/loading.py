"""Plugins: found through entry points, each loaded on its own, so that a broken one breaks nothing else."""

from __future__ import annotations

import math
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import EntryPoint

from nlpkit.components.kinds import KINDS
from nlpkit.errors import ConfigError, MissingError
from nlpkit.plugins import hooks
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.finding import COMMANDS, FoundPlugin, blocked_by, disabled, found
from nlpkit.plugins.isolation import Outcome, in_words, isolated
from nlpkit.plugins.registry import Registry
from nlpkit.system.environment import switched_on
from nlpkit.system.terminal import plain
from nlpkit.version import __version__

LIMIT_SECONDS = 30.0  # a cold network disk takes as long for a large package
SLOW_SECONDS = 0.5
_LOCK = threading.RLock()  # plugins are loaded once a process, not once a thread
_loading = False


def load_plugins() -> Plugins:
    """Everything built in and installed; done once a process, and what is broken is logged once.

    NLPKIT_DISABLE_PLUGINS=a,b blocks plugins by their name or their distribution's, "all" blocks all of them:
    their code is never imported. NLPKIT_STRICT_PLUGINS=1 makes a broken one a MissingError.
    """
    with _LOCK:
        return _told()


@cache
def _told() -> Plugins:
    plugins = installed_plugins()
    for plugin in plugins.broken:
        _warn(f"plugin {plugin} is broken and left out: {plugin.problem}\n  {plugin.switched_off}")
    return plugins


def _warn(sentence: str) -> None:
    import logging  # without a handler it writes to stderr

    with suppress(Exception):  # a closed one, for example
        logging.getLogger(__name__).warning("%s", plain(sentence))


def installed_plugins() -> Plugins:
    """What `load_plugins` gives, for who tells what is broken in other words."""
    with _LOCK:
        return _installed()


@cache
def _installed() -> Plugins:
    names = disabled()
    blocked = {each: blocked_by(each, names) for each in found()}
    plugins = replace(
        load([each for each, by in blocked.items() if not by], limit_seconds()),
        blocked=tuple(_plugin(each) for each, by in blocked.items() if by),
        unmatched=tuple(name for name in names if blocked and not any(name in by for by in blocked.values())),
    )
    if plugins.broken and switched_on("NLPKIT_STRICT_PLUGINS"):
        raise _refusal(plugins.broken)
    return plugins


def limit_seconds() -> float:
    """The time that a plugin has to load."""
    given = os.environ.get("NLPKIT_PLUGIN_SECONDS", "")
    try:
        seconds = float(given or LIMIT_SECONDS)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < 1e6:
        raise ConfigError(f"NLPKIT_PLUGIN_SECONDS is {given!r}, but must be a number of seconds, such as 30")
    return seconds


def _refusal(broken: Sequence[Plugin]) -> MissingError:
    """What plugin authors want to see of a broken one."""
    first, *others = broken
    also = [f"the plugin {plugin} is broken too: {plugin.problem}" for plugin in others]
    return MissingError(
        f"the plugin {first} is broken: {first.problem}",
        location=first.place,
        hint="\n  ".join([*first.trace, *also, "NLPKIT_STRICT_PLUGINS=1 makes this an error"]),
    )


def load(plugins: Iterable[FoundPlugin], limit_seconds: float = LIMIT_SECONDS) -> Plugins:
    """The built-in components and those of the given plugins."""
    global _loading
    from nlpkit.plugins import builtin

    with _LOCK:
        if _loading:
            raise RuntimeError("it asks for all plugins while it is one of those that are being loaded")
        registry = Registry("nlpkit")
        builtin.nlpkit_register(registry)
        _loading = True
        try:
            tried = [_tried(each, registry, limit_seconds) for each in plugins]
        finally:
            _loading = False
    return Plugins(
        registry,
        loaded=tuple(plugin for plugin in tried if not plugin.problem),
        broken=tuple(plugin for plugin in tried if plugin.problem),
    )


def _plugin(each: FoundPlugin) -> Plugin:
    return Plugin(each.name, each.distribution, each.version, each.problem)


def _tried(each: FoundPlugin, registry: Registry, limit_seconds: float) -> Plugin:
    """One plugin, whose components are in the registry now: all of them, or none where it is broken."""
    plugin = _plugin(each)
    if each.point is None:
        return plugin
    scratch = Registry(each.distribution)
    torch = "torch" in sys.modules
    outcome = isolated(partial(_components, each.point, scratch), limit_seconds)
    error = outcome.error
    if error is None:
        try:
            registry.merge(scratch)
        except ValueError as taken:
            error = taken
    plugin = replace(
        plugin,
        components=tuple(f"{kind} {entry.name}" for kind in KINDS for entry in scratch.entries(kind)),
        seconds=outcome.seconds,
        notes=tuple(_notes(outcome, slow_torch="torch" in sys.modules and not torch)),
    )
    if error is None:
        return plugin
    return replace(plugin, problem=_reason(error), place=_place(each.point, error), trace=_trace(error))


def _components(point: EntryPoint, scratch: Registry) -> None:
    """Import one plugin and let it register what it has."""
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
    if "nlpkit_register" not in {each.name for each in callers}:
        raise ValueError(
            f"nlpkit_commands is called for entry points of the group {COMMANDS}: name the verb there"
        )
    hooks.call(manager, "nlpkit_register", registry=scratch)


def _notes(outcome: Outcome, *, slow_torch: bool) -> Iterable[str]:
    """What the author of a plugin that works should mend all the same."""
    if slow_torch:
        yield "it imports torch, which makes every command slow: import it where build() needs it"
    elif outcome.seconds > SLOW_SECONDS:
        yield f"it makes every command {outcome.seconds:.1f} s slower"
    if outcome.changed:
        yield f"it changes {', '.join(outcome.changed)}, which is put back"
    if outcome.threads:
        yield "it starts a thread that nlpkit has to wait for when it exits"


def _reason(error: BaseException) -> str:
    """An error in one line."""
    ours = isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "nlpkit"
    return in_words(error) + (f"; this is nlpkit {__version__}" if ours else "")


def _place(point: EntryPoint, error: BaseException) -> str:
    """Where the plugin failed, as file:line; the file alone where no line of it is to blame."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    package = re.split(r"\W", point.value.strip(), maxsplit=1)[0]
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package:
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
