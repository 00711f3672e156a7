"""TOML tables to dataclasses of settings and back: strict, and every problem in one report.

A table is checked without running anything of it: a component is chosen by its registered name alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Protocol, get_args, get_origin

from nlpkit.errors import ConfigError, MissingError, NlpkitError, SettingsError
from nlpkit.settings.checks import checked, instead_of
from nlpkit.settings.hints import BROKEN, briefly, default_of, is_none, options, settings_types
from nlpkit.settings.walk import is_settings, walk

Table = Mapping[str, Any]
MAX_DEPTH = 16  # components within components


def from_table(cls: type[Any], table: Table, catalogue: Catalogue) -> Any:
    """A `cls` from its table; one ConfigError names every problem by its path.

    It is a MissingError where all that is wrong are plugins that are not here.
    """
    reader = _Reader(catalogue)
    value = reader.dataclass(cls, table, path="")
    if reader.problems:
        raise _refusal(reader.problems, reader.missing)
    return value


def _refusal(problems: list[str], missing: list[MissingError]) -> NlpkitError:
    lines = "\n  ".join(problems)
    if len(missing) < len(problems):
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        return ConfigError(f"{count} with the settings", hint=lines, problems=problems)
    if len(missing) > 1:
        return MissingError(f"{len(missing)} components need plugins that are not here", hint=lines)
    return missing[0]


def to_table(settings: Any, catalogue: Catalogue) -> dict[str, Any]:
    """Every setting, as TOML can hold it: a path is a string, a None is left out or "none".

    One ConfigError names all that it cannot hold.
    """
    found = {path: _unwritable(path, value) for path, value in walk(settings)}
    if problems := [f"{path}: {problem}" for path, problem in found.items() if problem]:
        raise ConfigError("these settings cannot be written", hint="\n  ".join(problems), problems=problems)
    return _table(settings, catalogue)


def _unwritable(path: str, value: Any) -> str:
    """Why TOML cannot hold a value; empty where it can, or can hold what is in it."""
    if is_settings(value):
        return f"is nested deeper than {MAX_DEPTH}" if path.count(".") >= MAX_DEPTH else ""
    if isinstance(value, dict):
        return next(filter(None, (_unwritable("", f"{key}") for key in value)), "")
    if isinstance(value, str | Path):
        half = re.search("[\ud800-\udfff]", str(value))  # of a surrogate pair
        return f"{briefly(value)} is not Unicode text" if half else ""
    if isinstance(value, int):
        return "" if -(2**63) <= value < 2**63 else f"{briefly(value)} has more than 64 bits"
    plain = value is None or isinstance(value, float | tuple | list)
    return "" if plain else f"{briefly(value)} is nothing that TOML can hold"


def _table(settings: Any, catalogue: Catalogue) -> dict[str, Any]:
    table: dict[str, Any] = {}
    if is_component(type(settings)):
        table["type"] = catalogue.name_of(type(settings))
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value is not None or default_of(field) is not None:  # without the key it would be the default
            table[field.name] = _plain(value, catalogue)
    return table


def _plain(value: Any, catalogue: Catalogue) -> Any:
    if is_settings(value):
        return _table(value, catalogue)
    if isinstance(value, tuple | list):
        return [_plain(item, catalogue) for item in value]
    if value is None:
        return "none"
    return str(value) if isinstance(value, Path) else value


class Catalogue(Protocol):
    """Who knows the names of components."""

    def class_of(self, kind: str, name: str) -> type[Any]:
        """The settings class of that name; ConfigError where there is none, and MissingError where a plugin
        that is not here has it.
        """

    def name_of(self, settings: type[Any]) -> str:
        """What a file calls a settings class."""

    def names(self, kind: str) -> list[str]:
        """All names of a kind."""


class _Reader:
    """One pass over a table; problems are collected, and a value that has one reads as BROKEN.

    `missing` are those of the problems that an installation would mend.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.problems: list[str] = []
        self.missing: list[MissingError] = []

    def dataclass(self, cls: type[Any], table: Table, path: str, depth: int = 0, defaults: Any = None) -> Any:
        """A `cls`; what the table leaves out is as in `defaults`, or as the class has it."""
        if depth > MAX_DEPTH:
            return self._problem(path, f"tables are nested deeper than {MAX_DEPTH}")
        known = {field.name: field for field in fields(cls) if field.init}
        hints = settings_types(cls)
        values = vars(defaults).copy() if defaults is not None else {}
        given: dict[str, str] = {}
        for spelt, value in table.items():
            name, place = spelt.replace("-", "_"), _join(path, spelt)
            if name not in known:
                self._problem(place, f"no such setting; {instead_of(cls, spelt, known)}")
            elif name in given:
                self._problem(place, f"is given twice, also as {given[name]}")
            else:
                given[name] = spelt
                values[name] = self._value(hints[name], value, place, depth, known[name])
        try:
            return checked(cls, values)
        except SettingsError as error:
            for place, problem in error.by_field.items():
                self._problem(_join(path, place), problem)
            return BROKEN

    def _value(self, hint: Any, given: Any, path: str, depth: int, field: Field[Any] | None = None) -> Any:
        """Settings from tables and names; any other value is for the class to check."""
        for option in options(hint):
            if get_origin(option) is tuple and isinstance(given, list):
                one = get_args(option)[0]
                return [self._value(one, item, f"{path}[{i}]", depth) for i, item in enumerate(given)]
        for option in options(hint):
            if isinstance(option, type) and is_dataclass(option) and not is_none(hint, given):
                return self._settings(option, given, path, depth, default_of(field) if field else None)
        return given

    def _settings(self, cls: type[Any], given: Any, path: str, depth: int, default: Any) -> Any:
        """A nested table; for a component a bare name will do."""
        component = is_component(cls)
        if component and isinstance(given, str):
            given = {"type": given}
        if not isinstance(given, dict):
            return self._problem(path, f"{briefly(given)} is not a table" + " or a name" * component)
        if component:
            return self._component(cls, given, path, depth)
        return self.dataclass(cls, given, path, depth + 1, default if isinstance(default, cls) else None)

    def _component(self, cls: type[Any], table: Table, path: str, depth: int) -> Any:
        name = table.get("type")
        if not isinstance(name, str):
            names = ", ".join(self.catalogue.names(cls.kind))
            wrong = f"{briefly(name)} is not a name" if "type" in table else "is required and missing"
            return self._problem(_join(path, "type"), f"{wrong}; known: {names or 'none'}")
        try:
            chosen = self.catalogue.class_of(cls.kind, name)
        except (ConfigError, MissingError) as error:
            if isinstance(error, MissingError):
                self.missing.append(error)
            hint = f" ({error.hint})" if error.hint else ""
            return self._problem(_join(path, "type"), error.message + hint)
        rest = {key: value for key, value in table.items() if key != "type"}
        return self.dataclass(chosen, rest, path, depth + 1)

    def _problem(self, path: str, problem: str) -> Any:
        self.problems.append(f"{path}: {problem}" if path else problem)
        return BROKEN


def is_component(hint: Any) -> bool:
    """Whether it is a settings class that a file names: one that has a kind."""
    return isinstance(hint, type) and isinstance(getattr(hint, "kind", None), str)


def _join(path: str, name: str) -> str:
    return ".".join(filter(None, (path, name)))


def in_toml(value: Any) -> str:
    """A default as one would write it: a component by its class, None as what it is.

    >>> in_toml(True), in_toml("last"), in_toml(("text",)), in_toml(None)
    ('true', '"last"', '["text"]', 'none')
    """
    if value is None:
        return "none"
    if is_dataclass(value):
        return type(value).__name__
    written = json.dumps(value if not isinstance(value, Path) else str(value), ensure_ascii=False)
    return "".join(map(escaped, written))


def escaped(char: str) -> str:
    """A character as TOML and shells have it in a string: an escape where one cannot see it."""
    return (
        char
        if char.isprintable()
        else f"\\u{ord(char):04x}"
        if ord(char) < 1 << 16
        else f"\\U{ord(char):08x}"
    )
