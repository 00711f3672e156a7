"""Settings in the table of an experiment, by their paths."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from nlpkit import ConfigError, Experiment, load_plugins

Table = dict[str, Any]
Path = Sequence[str]


def placed(table: Table, path: Path, value: Any) -> Table:
    """A copy of a table with a value at a path; ConfigError where something on the way has no settings."""
    if path[0] == "member" and "member" not in table:
        raise ConfigError("there are no members; this experiment has one encoder")
    found = copy.deepcopy(table)
    outer: Any = found
    for place, step in enumerate(path[:-1]):
        if isinstance(outer, list) and not (step.isdecimal() and int(step) < len(outer)):
            raise ConfigError(f"{'.'.join(path[:place])} is a list, with items from 0 to {len(outer) - 1}")
        key: Any = int(step) if isinstance(outer, list) else step
        inner = outer[key] if isinstance(outer, list) else outer.setdefault(key, {})
        if isinstance(inner, str):  # a component by its bare name
            inner = outer[key] = {"type": inner}
        if not isinstance(inner, dict | list):
            raise ConfigError(f"{'.'.join(path[: place + 1])} is {inner!r} and has no settings")
        outer = inner
    if isinstance(outer, list):
        raise ConfigError(f"{'.'.join(path[:-1])} is a list, whose items are searched by settings of theirs")
    outer[path[-1]] = value
    return found


def retyped(table: Table, path: Path, kind: str, name: str) -> Table:
    """A copy in which the component at a path is another one: with those of its settings that it has, too."""
    known = {each.name for each in fields(load_plugins().class_of(kind, name))}
    before = value_at(table, path)
    before = before if isinstance(before, dict) else {"type": before}
    if str(before.get("type", "")).replace("-", "_") == name.replace("-", "_"):
        return table
    return placed(table, path, {"type": name, **{key: each for key, each in before.items() if key in known}})


def value_at(table: Any, path: Path) -> Any:
    """What a table has at a path; None where it has nothing."""
    for step in path:
        if isinstance(table, list):
            table = table[int(step)] if step.isdecimal() and int(step) < len(table) else None
        else:
            table = table.get(step) if isinstance(table, dict) else None
    return table


def settings_at(experiment: Experiment, path: Path) -> Any:
    """The settings that an experiment has at a path; None where it has none."""
    found: Any = experiment
    for step in path:
        if isinstance(found, tuple):
            found = found[int(step)] if step.isdecimal() and int(step) < len(found) else None
        else:
            found = getattr(found, "members" if found is experiment and step == "member" else step, None)
    return found


def number_type(settings: Any, name: str) -> type[int] | type[float] | None:
    """Which numbers a setting takes; None where it takes none."""
    hint = get_type_hints(type(settings)).get(name)
    options = get_args(hint) or (hint,)
    return float if float in options else int if int in options else None
