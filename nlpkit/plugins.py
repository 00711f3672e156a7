"""Plugins: found through entry points, each loaded on its own, so that a broken one breaks nothing else."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

import pluggy

from nlpkit import hookspecs
from nlpkit.errors import ConfigError
from nlpkit.registry import Entry, Registry


@dataclass(frozen=True)
class Plugin:
    """A plugin: its entry point's name, its distribution with version, and why it is broken, if it is."""

    name: str
    distribution: str
    version: str
    problem: str = ""


@dataclass(frozen=True)
class Plugins:
    """All components there are, and where they came from."""

    registry: Registry
    loaded: tuple[Plugin, ...]
    broken: tuple[Plugin, ...]
    blocked: tuple[str, ...] = ()

    def entry(self, kind: str, name: str) -> Entry:
        """What `name` stands for; where it stands for nothing, broken plugins are named as well."""
        try:
            return self.registry.entry(kind, name)
        except ConfigError as error:
            if not self.broken:
                raise
            broken = ", ".join(f"{plugin.name} ({plugin.problem})" for plugin in self.broken)
            raise ConfigError(error.message, hint=f"a broken plugin may have had it: {broken}") from None


@cache
def load_plugins() -> Plugins:
    """Everything built in and installed; done once a process.

    NLPKIT_DISABLE_PLUGINS=a,b blocks plugins by name: their code is never imported.
    """
    blocked = {name.strip() for name in os.environ.get("NLPKIT_DISABLE_PLUGINS", "").split(",")} - {""}
    found = sorted(entry_points(group=hookspecs.GROUP), key=lambda point: (point.name, point.value))
    return load([point for point in found if point.name not in blocked], tuple(sorted(blocked)))


def load(points: list[EntryPoint], blocked: tuple[str, ...] = ()) -> Plugins:
    """The built-in components and those of the given entry points."""
    from nlpkit import builtin

    registry = Registry("nlpkit")
    builtin.nlpkit_register(registry)
    loaded, broken = [], []
    for point in points:
        distribution, version = _provider(point)
        try:
            with redirect_stdout(sys.stderr):  # stdout is for results alone
                registry.merge(_components(point, distribution))
            loaded.append(Plugin(point.name, distribution, version))
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # whatever a plugin raises, SystemExit included, is its own failure
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            broken.append(Plugin(point.name, distribution, version, problem=reason))
    return Plugins(registry, tuple(loaded), tuple(broken), blocked)


def _provider(point: EntryPoint) -> tuple[str, str]:
    """The name and the version of the distribution that an entry point belongs to."""
    try:
        if point.dist:
            return point.dist.name or "unknown", point.dist.version or "unknown"
    except (KeyError, TypeError, AttributeError):  # it has no metadata; what is raised differs by Python
        pass
    return "unknown", "unknown"


def _components(point: EntryPoint, distribution: str) -> Registry:
    """What one plugin registers, in a registry of its own."""
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    plugin = point.load()
    manager.register(plugin, name=point.name)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise ValueError(f"{point.value} implements no hook: define nlpkit_register, marked with @hookimpl")
    scratch = Registry(distribution)
    manager.hook.nlpkit_register(registry=scratch)
    return scratch
