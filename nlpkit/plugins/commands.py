"""The verbs that plugins add to the command line: known by metadata, and imported when one is called."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

from nlpkit.errors import ConfigError, MissingError
from nlpkit.plugins import hooks
from nlpkit.plugins.finding import COMMANDS, FoundPlugin, blocked_by, disabled, found, spelt
from nlpkit.plugins.isolation import guarded, in_words

if TYPE_CHECKING:
    import click


def verbs() -> dict[str, list[FoundPlugin]]:
    """Who adds each verb: one plugin, unless several use the same name. No code of theirs is imported."""
    known: dict[str, list[FoundPlugin]] = {}
    for each in found(COMMANDS):
        if each.point is not None and not blocked_by(each, disabled()):
            known.setdefault(each.name, []).append(each)
    return known


def problem(each: FoundPlugin, taken: Collection[str]) -> str:
    """Why a verb that is installed cannot be called, by metadata alone; empty where it can. `taken` are those
    of nlpkit.
    """
    if each.name in taken:
        return f"nlpkit has a command {each.name} of its own, so this one is never called"
    return each.problem or _several(each.name, verbs().get(each.name, []))


def _several(verb: str, plugins: Sequence[FoundPlugin]) -> str:
    names = " and ".join(sorted(each.distribution for each in plugins))
    return f"the command {verb} is added by {names}" if len(plugins) > 1 else ""


def command(verb: str) -> click.Command:
    """The command of a verb that a plugin adds; an error that names the plugin where it is broken."""
    plugins = verbs()[verb]
    if several := _several(verb, plugins):
        hint = "switch one off: NLPKIT_DISABLE_PLUGINS takes the names of distributions"
        raise ConfigError(several, hint=hint)
    return _loaded(verb, plugins[0])


def _loaded(verb: str, plugin: FoundPlugin) -> click.Command:
    import click

    group, whose = click.Group(), f"the command {verb} of {plugin.distribution} {plugin.version}"
    hint = f"set NLPKIT_DISABLE_PLUGINS={plugin.distribution} to switch it off"
    error = guarded(partial(_add, plugin.point, group))
    if error is not None:
        raise MissingError(f"{whose} is broken: {in_words(error)}", hint=hint)
    added = {spelt(name): each for name, each in group.commands.items()}
    if spelt(verb) not in added:
        names = ", ".join(group.commands) or "none"
        raise MissingError(f"{whose} is broken: its nlpkit_commands adds {names}, not {verb}", hint=hint)
    return added[spelt(verb)]


def _add(point: EntryPoint | None, group: click.Group) -> None:
    plugin = point.load() if point else None
    manager = hooks.managed(plugin, point.name if point else "", hooks)
    manager.check_pending()
    if not any(each.name == "nlpkit_commands" for each in manager.get_hookcallers(plugin) or ()):
        raise ValueError("it implements no nlpkit_commands, marked with @hookimpl")
    hooks.call(manager, "nlpkit_commands", group=group)
