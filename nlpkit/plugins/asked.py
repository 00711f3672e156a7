"""A hook of a plugin that somebody asks for by the name of the plugin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pluggy

from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.plugins import hooks
from nlpkit.plugins.finding import found
from nlpkit.plugins.isolation import guarded

if TYPE_CHECKING:
    from nlpkit.plugins.catalogue import Plugin, Plugins

PREDICTED = "nlpkit_predicted"


@dataclass(frozen=True)
class AskedHook:
    """One hook of one plugin; `function` implements it."""

    hook: str
    plugin: str
    function: Callable[..., object]
    manager: pluggy.PluginManager

    @classmethod
    def of(cls, hook: str, asked: object, plugins: Plugins) -> AskedHook:
        """The hook of an installed plugin, by its name, or of any object that implements it.

        ConfigError where it does not, or is not installed; MissingError where it is broken.
        """
        plugin, name = asked, str(getattr(asked, "__name__", type(asked).__name__))
        if isinstance(asked, str):
            chosen = plugins.plugin(asked)
            plugin, name = imported_plugin(chosen), chosen.name
        try:
            manager = hooks.managed(plugin, name, hooks)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise ConfigError(" ".join(str(error).split())) from error
        if function := hooks.implemented(manager, plugin).get(hook):
            return cls(hook, name, function, manager)
        having = those_with(hook, plugins)
        known = did_you_mean(name, having) if having else "no installed plugin does"
        raise ConfigError(f"plugin {name} has no {hook}, marked with @hookimpl; {known}")

    def __str__(self) -> str:
        return f"{self.hook} of {self.plugin}"

    def __call__(self, **told: object) -> object:
        """What it gives; whatever it raises is raised, and what it prints is no result."""
        given: list[object] = []
        if error := guarded(lambda: given.append(hooks.call(self.manager, self.hook, **told))):
            raise error
        return given[0]


def those_with(hook: str, plugins: Plugins) -> list[str]:
    """The names of plugins that implement a hook."""
    return [each.name for each in plugins.loaded if hook in each.hooks]


def imported_plugin(plugin: Plugin) -> object:
    """The module or object of a plugin that was imported before."""
    of_it = [each for each in found() if (each.name, each.distribution) == (plugin.name, plugin.distribution)]
    return next(each.point.load() for each in of_it if each.point)
