"""Which distributions gave the components of a model, and what to say where one of them is not here."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from nlpkit.components.kinds import KINDS, Component
from nlpkit.errors import ConfigError, MissingError
from nlpkit.plugins.catalogue import Plugins
from nlpkit.settings.walk import walk
from nlpkit.version import DISTRIBUTION, __version__

_BUILT_IN = (DISTRIBUTION, "nlpkit")  # as models of earlier versions have it
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


def lacking(recorded: object, plugins: Plugins, *, needed_by: str = "the model") -> MissingError | None:
    """What to say of the first component that `providers` has recorded and its distribution does not give."""
    given = {(entry.name, entry.distribution) for kind in KINDS for entry in plugins.registry.entries(kind)}
    for provider in recorded.values() if isinstance(recorded, dict) else ():
        texts = provider.items() if isinstance(provider, dict) else ()
        told = {key: value for key, value in texts if isinstance(value, str)}
        name, distribution = told.get("name", ""), told.get("distribution", DISTRIBUTION)
        if ":" in name and not distribution and not any(_knows(plugins, kind, name) for kind in KINDS):
            stem = re.split(r"[:.]", name)[-1]
            hint = f"load it from Python with classes=[{stem}], or register the class in a plugin"
            return MissingError(f"{needed_by} needs the class {name!r}, which no plugin registers", hint=hint)
        if distribution in _BUILT_IN or not _DISTRIBUTION.fullmatch(distribution):
            continue
        if (name, distribution) not in given:
            if distribution == "unknown":
                said = "from a plugin that is not installed, and its name was not kept"
                return MissingError(f"{needed_by} needs {name!r} {said}")
            version = told.get("version", "")
            version = version if _VERSION.fullmatch(version) else ""
            return plugins.lack(name, distribution, version, needed_by=needed_by)
    return None


def _knows(plugins: Plugins, kind: str, name: str) -> bool:
    with suppress(ConfigError):
        return bool(plugins.registry.entry(kind, name))
    return False
