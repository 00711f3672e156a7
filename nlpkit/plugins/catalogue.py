"""All components there are, and the plugins they came from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from nlpkit.components.kinds import Component
from nlpkit.errors import ConfigError, MissingError, did_you_mean
from nlpkit.plugins.finding import FoundPlugin, spelt
from nlpkit.plugins.first_party import how_to_install, plugin_with
from nlpkit.plugins.registry import Entry, Registry
from nlpkit.version import PLUGIN_API

Classes = Iterable[type[Component]] | type[Component]  # components that no plugin registers


@dataclass(frozen=True)
class Plugin:
    """A plugin: its entry point's name, its distribution with version, and why it is broken, if it is.

    `components` are what it registered, as "encoder cnn"; of a broken one, before it failed. `hooks` are the
    names of those it implements. `notes` are what its author should mend, `place` is where it failed
    (file:line), `trace` how its traceback ends. `api` is the interface it is written for, None where it was
    not asked.
    """

    name: str
    distribution: str
    version: str
    problem: str = ""
    components: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    place: str = ""
    trace: tuple[str, ...] = ()
    api: int | None = None

    @classmethod
    def of(cls, each: FoundPlugin) -> Plugin:
        """A plugin of which only the metadata are known."""
        return cls(each.name, each.distribution, each.version, each.problem)

    def __str__(self) -> str:
        return f"{self.name} of {self.distribution} {self.version}"

    @property
    def left_out(self) -> str:
        """Why a broken one is not there, as a sentence."""
        if self._fits:
            return f"plugin {self} is broken and left out: {self.problem}"
        return f"plugin {self.name} is left out: {self.problem}"

    @property
    def switched_off(self) -> str:
        """How, as a sentence, and how it is tried again where that may help."""
        said = f"set NLPKIT_DISABLE_PLUGINS={self.name} to switch it off"
        return f"{said}, or run: nlpkit plugins --again" if self._fits else said

    @property
    def _fits(self) -> bool:
        return self.api in (None, PLUGIN_API)


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
        """What `name` stands for. MissingError where a plugin has it that is not here; ConfigError where it
        stands for nothing, with plugins that may have it.
        """
        try:
            return self.registry.entry(kind, name)
        except ConfigError as error:
            if owner := self._owner(kind, name):
                raise self.lack(name, owner, needed_by=f"{kind} {name!r}") from None
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

    def plugin(self, wanted: str, *others: Plugin) -> Plugin:
        """The plugin of this name, of an entry point or a distribution, among these and `others`; an error
        where there is none, or it cannot be used.
        """
        known = [*self.loaded, *self.broken, *self.blocked, *others]
        found = [each for each in known if spelt(each.distribution) == spelt(wanted)]
        found = [each for each in found or known if spelt(each.name) == spelt(wanted)] or found
        if not found:
            named = {each.name for each in known} | {each.distribution for each in known}
            raise ConfigError(f"plugin {wanted!r} is not installed; {did_you_mean(wanted, named)}")
        for each in found:
            if each.problem:
                raise MissingError(f"plugin {each} is broken: {each.problem}")
            if each in self.blocked:
                raise ConfigError(f"plugin {each} is blocked", hint="take it out of NLPKIT_DISABLE_PLUGINS")
        if len(owners := sorted({each.distribution for each in found})) > 1:
            hint = f"name one of these: {' or '.join(owners)}"
            raise ConfigError(f"several plugins are called {wanted}", hint=hint)
        return found[0]

    def lack(self, name: str, distribution: str, version: str = "", *, needed_by: str) -> MissingError:
        """What is wrong with the plugin that has the component `name`, and what to do about it."""
        exact = f"{distribution}=={version}" if version else distribution
        if broken := _of(distribution, self.broken):
            state = f"is broken: {broken.problem}"
            hint = f"reinstall it with: pip install --force-reinstall {exact}"
            hint = hint if version else "to see why, run: nlpkit plugins"
        elif _of(distribution, self.blocked):
            state, hint = "is blocked", "take it out of NLPKIT_DISABLE_PLUGINS"
        elif here := _of(distribution, self.loaded):
            state = f"is installed in version {here.version}, without {name!r}"
            hint = f"install it with: pip install {'' if version else '--upgrade '}{exact}"
        else:
            state, hint = "is not installed", how_to_install(distribution, exact)
        return MissingError(f"{needed_by} needs the plugin {distribution}, which {state}", hint=hint)

    def _owner(self, kind: str, name: str) -> str:
        """The distribution that has a component, as a broken plugin or the first-party table says."""
        for plugin in self.broken:
            if spelt(f"{kind} {name}") in map(spelt, plugin.components):
                return plugin.distribution
        return plugin_with(kind, name)

    def _whose(self, kind: str, name: str) -> str:
        """Plugins that are not loaded and may have a component, the likeliest first."""
        states = dict.fromkeys(self.broken, "broken") | dict.fromkeys(self.blocked, "blocked")
        if not states:
            return ""
        likeliest = sorted(states, key=partial(_unlikeness, name))
        shown = ", ".join(f"{plugin} ({states[plugin]})" for plugin in likeliest[:3])
        more = f" and {len(states) - 3} more" if len(states) > 3 else ""
        return f"it may belong to a plugin that is not loaded: {shown}{more}; see nlpkit plugins"


def _of(distribution: str, plugins: Iterable[Plugin]) -> Plugin | None:
    return next((plugin for plugin in plugins if plugin.distribution == distribution), None)


def _unlikeness(name: str, plugin: Plugin) -> float:
    """From 0 for a plugin called `name` to 1 for one whose names have nothing in common with it."""
    parts = [spelt(plugin.name), spelt(plugin.distribution), *spelt(plugin.distribution).split("_")]
    return 1 - max(difflib.SequenceMatcher(None, spelt(name), part).ratio() for part in parts)
