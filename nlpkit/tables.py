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
    """Every setting, as TOML can hold it: a None is left out, a path is a string."""
    table: dict[str, Any] = {}
    if isinstance(settings, Component):
        table["type"] = plugins.registry.name_of(type(settings))
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            table[field.name] = to_table(value, plugins)
        elif isinstance(value, tuple):
            table[field.name] = [to_table(item, plugins) if is_dataclass(item) else _plain(item) for item in value]
        elif value is not None:
            table[field.name] = _plain(value)
    return table


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


@cache
def settings_types(cls: type[Any]) -> dict[str, Any]:
    """The resolved type of each field."""
    return get_type_hints(cls)


def allowed(hint: Any) -> str:
    """A type in words that a writer of TOML understands.

    >>> allowed(int | None), allowed(tuple[str, ...])
    ('a whole number', 'a list of: a string')
    """
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a string", Path: "a path"}
    if hint in names:
        return names[hint]
    arguments = [argument for argument in get_args(hint) if argument not in (type(None), Ellipsis)]
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(allowed(argument) for argument in arguments)
    if origin is tuple:
        return f"a list of: {' or '.join(dict.fromkeys(allowed(argument) for argument in arguments))}"
    if origin is dict:
        return f"a table of: {allowed(arguments[-1])}"
    if arguments:  # a Literal
        return ", ".join(str(argument) for argument in arguments)
    return f"a {getattr(hint, 'kind', 'table')}"


class _Reader:
    """One pass over a table; problems are collected, and a value that has one reads as _BROKEN."""

    def __init__(self, plugins: Plugins, problems: list[str]) -> None:
        self.plugins = plugins
        self.problems = problems

    def dataclass(self, cls: type[Any], table: Table, path: str, depth: int = 0) -> Any:
        known = {field.name: field for field in fields(cls) if field.init}
        before = len(self.problems)
        if depth > MAX_DEPTH:
            return self._problem(path, f"tables are nested deeper than {MAX_DEPTH}")
        for name in table:
            if name.replace("-", "_") not in known:
                self._problem(_join(path, name), f"no such setting; {did_you_mean(name, known)}")
        given = {name.replace("-", "_"): value for name, value in table.items()}
        values = {
            name: self._value(settings_types(cls)[name], given[name], _join(path, name), depth)
            for name, field in known.items()
            if name in given or self._required(field, path)
        }
        if len(self.problems) > before:
            return _BROKEN
        return self._built(cls, values, path)

    def _required(self, field: Field[Any], path: str) -> bool:
        if field.default is MISSING and field.default_factory is MISSING:
            self._problem(_join(path, field.name), "is required and missing")
        return False

    def _built(self, cls: type[Any], values: dict[str, Any], path: str) -> Any:
        try:
            return cls(**values)
        except SettingsError as error:
            for name, problem in error.problems.items():
                self._problem(_join(path, name), problem)
        except ValueError as error:
            self._problem(path, str(error))
        return _BROKEN

    def _value(self, hint: Any, given: Any, path: str, depth: int) -> Any:
        settings = next((cls for cls in _members(hint) if is_dataclass(cls) or _is_component(cls)), None)
        if settings is None:
            return self._scalar(hint, given, path)
        if get_origin(hint) is tuple:
            if not isinstance(given, list):
                return self._problem(path, f"{given!r} is not {allowed(hint)}")
            items = [self._settings(settings, item, f"{path}[{i}]", depth) for i, item in enumerate(given)]
            return tuple(items)
        return self._settings(settings, given, path, depth)

    def _settings(self, cls: type[Any], given: Any, path: str, depth: int) -> Any:
        """A nested table; for a component a bare name will do."""
        component = _is_component(cls)
        if component and isinstance(given, str):
            given = {"type": given}
        if not isinstance(given, dict):
            return self._problem(path, f"{given!r} is not a table" + " or a name" * component)
        if component:
            return self._component(cls, given, path, depth)
        return self.dataclass(cls, given, path, depth + 1)

    def _component(self, cls: type[Component], table: Table, path: str, depth: int) -> Any:
        name = table.get("type")
        if not isinstance(name, str):
            names = ", ".join(entry.name for entry in self.plugins.registry.entries(cls.kind))
            return self._problem(_join(path, "type"), f"is required and missing; known: {names}")
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
            return _adapter(hint).validate_json(json.dumps(given), strict=True)
        except (ValidationError, TypeError, ValueError, RecursionError):
            return self._problem(path, f"{_short(given)} is not {_one_of(hint)}{allowed(hint)}")

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


def _short(given: Any) -> str:
    text = repr(given)
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
