"""TOML tables to dataclasses of settings and back: strict, and every problem in one report.

A table is checked without running anything of it: a component is chosen by its registered name alone.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from nlpkit.components import KINDS, Component
from nlpkit.errors import ConfigError, SettingsError, did_you_mean
from nlpkit.plugins import Plugins

Table = Mapping[str, Any]
MAX_DEPTH = 16  # components within components


def from_table(cls: type[Any], table: Table, plugins: Plugins) -> Any:
    """A `cls` from its table; one ConfigError names every problem by its path."""
    problems: list[str] = []
    value = _Reader(plugins, problems).dataclass(cls, table, path="")
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        raise ConfigError(f"{count} with the settings", hint="\n  ".join(problems), problems=problems)
    return value


def to_table(settings: Any, plugins: Plugins) -> dict[str, Any]:
    """Every setting, as TOML can hold it: a path is a string, a None is left out or "none"."""
    table: dict[str, Any] = {}
    if isinstance(settings, Component):
        table["type"] = plugins.registry.name_of(type(settings))
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value is not None or default_of(field) is not None:  # without the key it would be the default
            table[field.name] = _plain(value, plugins)
    return table


def _plain(value: Any, plugins: Plugins) -> Any:
    if is_dataclass(value):
        return to_table(value, plugins)
    if isinstance(value, tuple):
        return [_plain(item, plugins) for item in value]
    if value is None:
        return "none"
    return str(value) if isinstance(value, Path) else value


def default_of(field: Field[Any]) -> Any:
    """The default of a setting, MISSING where it has none."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def settings_types(cls: type[object]) -> dict[str, Any]:
    """The resolved type of each field."""
    return get_type_hints(cls)


def allowed(hint: Any) -> str:
    """A type in words that a writer of TOML understands.

    >>> allowed(int | None), allowed(tuple[str, ...])
    ('a whole number or none', 'a list of: a string')
    """
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a string", Path: "a path"}
    if hint in names:
        return names[hint]
    arguments = [argument for argument in get_args(hint) if argument not in (type(None), Ellipsis)]
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return " or ".join([*map(allowed, arguments), *(["none"] if _takes_none(hint) else [])])
    if origin is tuple:
        return f"a list of: {' or '.join(dict.fromkeys(allowed(argument) for argument in arguments))}"
    if origin is dict:
        return f"a table of: {allowed(arguments[-1])}"
    if arguments:  # a Literal
        return ", ".join(str(argument) for argument in arguments)
    kind = getattr(hint, "kind", "table")
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


class _Reader:
    """One pass over a table; problems are collected, and a value that has one reads as _BROKEN."""

    def __init__(self, plugins: Plugins, problems: list[str]) -> None:
        self.plugins = plugins
        self.problems = problems

    def dataclass(self, cls: type[Any], table: Table, path: str, depth: int = 0, defaults: Any = None) -> Any:
        """A `cls`; what the table leaves out is as in `defaults`, or as the class has it."""
        if depth > MAX_DEPTH:
            return self._problem(path, f"tables are nested deeper than {MAX_DEPTH}")
        known = {field.name: field for field in fields(cls) if field.init}
        hints = settings_types(cls)
        before = len(self.problems)
        values = vars(defaults).copy() if defaults is not None else {}
        given: dict[str, str] = {}
        for spelt, value in table.items():
            name, place = spelt.replace("-", "_"), _join(path, spelt)
            if name not in known:
                self._problem(place, f"no such setting; {did_you_mean(spelt, known)}")
            elif name in given:
                self._problem(place, f"is given twice, also as {given[name]}")
            else:
                given[name] = spelt
                values[name] = self._value(hints[name], value, place, depth, known[name])
        for name, field in known.items():
            if name not in values and default_of(field) is MISSING:
                wanted = allowed(hints[name])
                values[name] = self._problem(_join(path, name), f"is required and missing; give {wanted}")
        return self._built(cls, values, path, broken=len(self.problems) > before)

    def _built(self, cls: type[Any], values: dict[str, Any], path: str, *, broken: bool) -> Any:
        """Built even beside values that are _BROKEN already, so that the rules of the others are heard."""
        try:
            built = cls(**values)
        except SettingsError as error:
            for name, problem in error.problems.items():
                if values.get(name) is not _BROKEN:
                    self._problem(_join(path, name), problem)
            return _BROKEN
        except ValueError as error:
            return _BROKEN if broken else self._problem(path, str(error))
        except Exception:  # it stumbled over what is reported already
            if broken:
                return _BROKEN
            raise
        return _BROKEN if broken else built

    def _value(self, hint: Any, given: Any, path: str, depth: int, field: Field[Any] | None = None) -> Any:
        if given == "none" and _takes_none(hint):
            return None
        if get_origin(hint) is tuple:
            return self._tuple(hint, given, path, depth)
        settings = next((cls for cls in _members(hint) if is_dataclass(cls) or _is_component(cls)), None)
        if settings is None:
            return self._scalar(hint, given, path)
        return self._settings(settings, given, path, depth, default_of(field) if field else None)

    def _tuple(self, hint: Any, given: Any, path: str, depth: int) -> Any:
        if not isinstance(given, list):
            return self._problem(path, f"{_shown(given)} is not {allowed(hint)}")
        item_hint = get_args(hint)[0]
        items = tuple(self._value(item_hint, item, f"{path}[{i}]", depth) for i, item in enumerate(given))
        return _BROKEN if any(item is _BROKEN for item in items) else items

    def _settings(self, cls: type[Any], given: Any, path: str, depth: int, default: Any) -> Any:
        """A nested table; for a component a bare name will do."""
        component = _is_component(cls)
        if component and isinstance(given, str):
            given = {"type": given}
        if not isinstance(given, dict):
            return self._problem(path, f"{_shown(given)} is not a table" + " or a name" * component)
        if component:
            return self._component(cls, given, path, depth)
        return self.dataclass(cls, given, path, depth + 1, default if isinstance(default, cls) else None)

    def _component(self, cls: type[Component], table: Table, path: str, depth: int) -> Any:
        name = table.get("type")
        if not isinstance(name, str):
            names = ", ".join(entry.name for entry in self.plugins.registry.entries(cls.kind))
            wrong = f"{_shown(name)} is not a name" if "type" in table else "is required and missing"
            return self._problem(_join(path, "type"), f"{wrong}; known: {names or 'none'}")
        try:
            chosen = self.plugins.entry(cls.kind, name).settings
        except ConfigError as error:
            hint = f" ({error.hint})" if error.hint else ""
            return self._problem(_join(path, "type"), error.message + hint)
        rest = {key: value for key, value in table.items() if key != "type"}
        return self.dataclass(chosen, rest, path, depth + 1)

    def _scalar(self, hint: Any, given: Any, path: str) -> Any:
        """JSON's rules, strictly: no string is a number, and a whole number is a number."""
        try:
            value = _adapter(hint).validate_json(json.dumps(given), strict=True)
        except (ValidationError, TypeError, ValueError, RecursionError):
            return self._problem(path, f"{_shown(given)} is not {_one_of(hint)}{allowed(hint)}")
        if isinstance(value, Path) and "\0" in given:
            return self._problem(path, f"{_shown(given)} is not a path")
        return value

    def _problem(self, path: str, problem: str) -> Any:
        self.problems.append(f"{path}: {problem}" if path else problem)
        return _BROKEN


_BROKEN: Any = object()


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def _members(hint: Any) -> list[Any]:
    """The classes a type is made of: `X | None` and `tuple[X, ...]` have X."""
    arguments = get_args(hint)
    return [hint] if not arguments else [member for argument in arguments for member in _members(argument)]


def _is_component(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Component) and hint.kind in KINDS


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _takes_none(hint: Any) -> bool:
    """Whether "none" in a file is None: where it may be, and can be no string of its own."""
    members = get_args(hint)
    return type(None) in members and not {str, Path} & set(members)


def _shown(given: Any) -> str:
    """What a file has, as short as it has to be in a sentence."""
    if isinstance(given, dict | list):
        return "a table" if isinstance(given, dict) else "a list"
    if isinstance(given, bool):
        return str(given).lower()
    text = repr(given) if isinstance(given, str | int | float) else str(given)
    return text if len(text) <= 60 else text[:57] + "..."


def _one_of(hint: Any) -> str:
    """ "one of " before the values of a Literal."""
    literal = bool(get_args(hint)) and all(isinstance(argument, str) for argument in get_args(hint))
    return "one of " if literal else ""


def in_toml(value: Any) -> str:
    """A default as one would write it: a component by its class, None as what it is.

    >>> in_toml(True), in_toml("last"), in_toml(("text",)), in_toml(None)
    ('true', '"last"', '["text"]', 'none')
    """
    if value is None:
        return "none"
    if is_dataclass(value):
        return type(value).__name__
    return json.dumps(value if not isinstance(value, Path) else str(value))
