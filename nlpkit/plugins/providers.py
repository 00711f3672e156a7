"""Which distributions gave the components of a model, and what to say where one of them is not here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from nlpkit.components.kinds import KINDS, Component
from nlpkit.errors import ConfigError, MissingError
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.settings.walk import walk
from nlpkit.version import __version__

# both go into a shell
_DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,80}[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]{0,80}")


def providers(settings: Any, plugins: Plugins) -> dict[str, dict[str, str]]:
    """For each component, by its path in the settings, its name, its distribution and the version of that."""
    versions = {"": "", **{plugin.distribution: plugin.version for plugin in plugins.loaded}}
    found = {}
    for path, component in walk(settings):
        if not isinstance(component, Component):
            continue
        entry = plugins.registry.entry_of(type(component))
        version = versions.get(entry.distribution, __version__)
        found[path] = {"name": entry.name, "distribution": entry.distribution, "version": version}
    return found


def lacking(recorded: object, plugins: Plugins) -> MissingError | None:
    """What to say of the first component that `providers` has recorded and its distribution does not give."""
    given = {(entry.name, entry.distribution) for kind in KINDS for entry in plugins.registry.entries(kind)}
    for provider in recorded.values() if isinstance(recorded, dict) else ():
        texts = provider.items() if isinstance(provider, dict) else ()
        told = {key: value for key, value in texts if isinstance(value, str)}
        name, distribution = told.get("name", ""), told.get("distribution", "nlpkit")
        if ":" in name and not distribution and not any(_knows(plugins, kind, name) for kind in KINDS):
            stem = re.split(r"[:.]", name)[-1]
            hint = f"load it from Python with classes=[{stem}], or register the class in a plugin"
            return MissingError(f"the model needs the class {name!r}, which no plugin registers", hint=hint)
        if distribution == "nlpkit" or not _DISTRIBUTION.fullmatch(distribution):
            continue
        if (name, distribution) not in given:
            return _missing(name, distribution, told.get("version", ""), plugins)
    return None


def _knows(plugins: Plugins, kind: str, name: str) -> bool:
    with suppress(ConfigError):
        return bool(plugins.registry.entry(kind, name))
    return False


def _missing(name: str, distribution: str, version: str, plugins: Plugins) -> MissingError:
    """What is wrong with the plugin that gave the component `name`, and what to do about it."""
    exact = f"{distribution}=={version}" if _VERSION.fullmatch(version) else distribution
    hint = f"install it with: pip install {exact}"
    if distribution == "unknown":
        return MissingError(
            f"the model needs {name!r} from a plugin that is not installed, and its name was not kept"
        )
    if broken := _of(distribution, plugins.broken):
        state = f"is broken: {broken.problem}"
        hint = f"reinstall it with: pip install --force-reinstall {exact}"
    elif _of(distribution, plugins.blocked):
        state, hint = "is blocked", "take it out of NLPKIT_DISABLE_PLUGINS"
    elif here := _of(distribution, plugins.loaded):
        state = f"is installed in version {here.version}, without {name!r}"
    else:
        state = "is not installed"
        hint = (
            f"the name is what the model's manifest says: find out whose package it is, "
            f"and if you trust it, {hint}"
        )
    return MissingError(f"the model needs the plugin {distribution}, which {state}", hint=hint)


def _of(distribution: str, plugins: Iterable[Plugin]) -> Plugin | None:
    return next((plugin for plugin in plugins if plugin.distribution == distribution), None)
