"""All components there are, and the plugins they came from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from nlpkit.components.kinds import Component
from nlpkit.errors import ConfigError
from nlpkit.plugins.finding import FoundPlugin, spelt
from nlpkit.plugins.registry import Entry, Registry

Classes = Iterable[type[Component]] | type[Component]  # components that no plugin registers


@dataclass(frozen=True)
class Plugin:
    """A plugin: its entry point's name, its distribution with version, and why it is broken, if it is.

    `components` are what it registered, as "encoder cnn"; of a broken one, before it failed. `notes` are what
    its author should mend, `place` is where it failed (file:line), `trace` how its traceback ends.
    """

    name: str
    distribution: str
    version: str
    problem: str = ""
    components: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    place: str = ""
    trace: tuple[str, ...] = ()

    @classmethod
    def of(cls, each: FoundPlugin) -> Plugin:
        """A plugin of which only the metadata are known."""
        return cls(each.name, each.distribution, each.version, each.problem)

    def __str__(self) -> str:
        return f"{self.name} of {self.distribution} {self.version}"

    @property
    def switched_off(self) -> str:
        """How, as a sentence, and how it is tried again."""
        return f"set NLPKIT_DISABLE_PLUGINS={self.name} to switch it off, or run: nlpkit plugins --again"


@dataclass(frozen=True)
class Plugins:
    """All components there are, and where they came from.

    `unmatched` are names in NLPKIT_DISABLE_PLUGINS that no plugin has.
    """

    registry: Registry
    loaded: tuple[Plugin, ...]
    broken: tuple[Plugin, ...]
    blocked: tuple[Plugin, ...] = ()
    unmatched: tuple[str, ...] = ()

    def entry(self, kind: str, name: str) -> Entry:
        """What `name` stands for; where it stands for nothing, plugins that may have it are named as well."""
        try:
            return self.registry.entry(kind, name)
        except ConfigError as error:
            raise ConfigError(error.message, hint=error.hint or self._whose(kind, name)) from None

    def class_of(self, kind: str, name: str) -> type[Component]:
        """The settings class that `name` stands for, as `entry` has it."""
        return self.entry(kind, name).settings

    def name_of(self, settings: type[Component]) -> str:
        """What a file calls a settings class; ConfigError where nobody could load it again."""
        entry = self.registry.entry_of(settings)
        if not entry.distribution:
            self.given([settings])
        return entry.name

    def names(self, kind: str) -> list[str]:
        """What is registered for a kind."""
        return [entry.name for entry in self.registry.entries(kind)]

    def given(self, classes: Classes) -> Plugins:
        """All of these, and classes that no plugin registers, which files call `module:Class`."""
        registry = Registry(self.registry.distribution)
        registry.merge(self.registry)
        for settings in [classes] if isinstance(classes, type) else classes:  # one alone, too
            try:
                registry.give(settings)
            except ValueError as error:
                raise ConfigError(f"a given class cannot be used: {error}") from error
        return replace(self, registry=registry)

    def _whose(self, kind: str, name: str) -> str:
        """The broken plugin that had a component, or those that may have it, the likeliest first."""
        for plugin in self.broken:
            if spelt(f"{kind} {name}") in map(spelt, plugin.components):
                return f"it belongs to the plugin {plugin}, which is broken; to see why, run: nlpkit plugins"
        states = dict.fromkeys(self.broken, "broken") | dict.fromkeys(self.blocked, "blocked")
        if not states:
            return ""
        likeliest = sorted(states, key=partial(_unlikeness, name))
        shown = ", ".join(f"{plugin} ({states[plugin]})" for plugin in likeliest[:3])
        more = f" and {len(states) - 3} more" if len(states) > 3 else ""
        return f"it may belong to a plugin that is not loaded: {shown}{more}; see nlpkit plugins"


def _unlikeness(name: str, plugin: Plugin) -> float:
    """From 0 for a plugin called `name` to 1 for one whose names have nothing in common with it."""
    parts = [spelt(plugin.name), spelt(plugin.distribution), *spelt(plugin.distribution).split("_")]
    return 1 - max(difflib.SequenceMatcher(None, spelt(name), part).ratio() for part in parts)
