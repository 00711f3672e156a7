"""Plugins: found through entry points, each loaded on its own, so that a broken one breaks nothing else."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache

from nlpkit.errors import ConfigError, MissingError
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.finding import FoundPlugin, blocked_by, disabled, found
from nlpkit.plugins.importing import imported
from nlpkit.plugins.isolation import guarded
from nlpkit.plugins.judging import verdicts
from nlpkit.plugins.registry import Registry
from nlpkit.system.environment import switched_on
from nlpkit.system.terminal import plain
from nlpkit.version import DISTRIBUTION

LIMIT_SECONDS = 20.0  # torch is imported in 1 s, and in 9 where a dozen such plugins share two busy cores
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
        _warn(f"{plugin.left_out}\n  {plugin.switched_off}")
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
        load([each for each, by in blocked.items() if not by], _limit_seconds()),
        blocked=tuple(Plugin.of(each) for each, by in blocked.items() if by),
        unmatched=tuple(name for name in names if blocked and not any(name in by for by in blocked.values())),
    )
    if plugins.broken and switched_on("NLPKIT_STRICT_PLUGINS"):
        raise _refusal(plugins.broken)
    return plugins


def _limit_seconds() -> float:
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
    """The built-in components and those of the given plugins: of those that have a good verdict."""
    with _LOCK, alone():
        each_verdict = verdicts(list(plugins), limit_seconds)
        registry = built_in()
        tried = [_plugin(each, verdict, registry) for each, verdict in each_verdict]
    return Plugins(
        registry,
        loaded=tuple(plugin for plugin in tried if not plugin.problem),
        broken=tuple(plugin for plugin in tried if plugin.problem),
    )


def plugins_so_far() -> Plugins:
    """All there are; what ships in the box for a plugin that asks while it is loaded itself."""
    with _LOCK:
        return Plugins(built_in(), (), ()) if _loading else load_plugins()


def built_in() -> Registry:
    """What ships in the box."""
    from nlpkit.plugins import builtin

    registry = Registry(DISTRIBUTION)
    builtin.nlpkit_register(registry)
    return registry


@contextmanager
def alone() -> Iterator[None]:
    """Refuse a plugin that asks for plugins while it is loaded itself."""
    global _loading
    if _loading:
        raise RuntimeError("it asks for all plugins while it is one of those that are being loaded")
    _loading = True
    try:
        yield
    finally:
        _loading = False


def _plugin(each: FoundPlugin, verdict: Plugin, registry: Registry) -> Plugin:
    """A plugin that is fine so far, with its components in the registry; any other is left alone."""
    if verdict.problem:
        return verdict
    plugin = replace(imported(each, registry, guarded), api=verdict.api)
    slow = f"it makes every command {plugin.seconds:.1f} s slower"
    notes = verdict.notes or ((slow,) if plugin.seconds > SLOW_SECONDS else ())
    return replace(plugin, notes=notes)
