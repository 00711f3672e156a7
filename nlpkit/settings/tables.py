"""TOML tables to dataclasses of settings and back: strict, and every problem in one report.

A table is checked without running anything of it: a component is chosen by its registered name alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Protocol, get_args, get_origin

from nlpkit.errors import ConfigError, MissingError, NlpkitError, SettingsError
from nlpkit.settings.checks import checked, instead_of
from nlpkit.settings.hints import (
    BROKEN,
    allowed,
    briefly,
    default_of,
    fit,
    fits_as_it_is,
    is_none,
    listed,
    options,
    settings_types,
)
from nlpkit.settings.walk import is_settings, read_fields, walk

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


def setting_from_table(cls: type[Any], name: str, value: Any, catalogue: Catalogue) -> Any:
    """One setting of a `cls`, from what its table has for it; ConfigError names what is wrong."""
    reader, field = _Reader(catalogue), next(each for each in fields(cls) if each.name == name)
    read = reader._value(settings_types(cls)[name], value, name, 0, field)
    problems: dict[str, str] = {}
    found = fit(settings_types(cls)[name], read, name, problems) if read is not BROKEN else read
    told = [*reader.problems, *(f"{place}: {said}" for place, said in problems.items())]
    if told:
        raise _refusal(told, reader.missing)
    return found


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


def _table(settings: Any, catalogue: Catalogue, without: Any = None) -> dict[str, Any]:
    """The table of settings, which a reader would take from `without` where it has no key."""
    table: dict[str, Any] = {}
    if is_component(type(settings)):
        table["type"] = catalogue.name_of(type(settings))
    for field in read_fields(settings):
        value, default = getattr(settings, field.name), default_of(field)
        if type(without) is type(settings):
            default = getattr(without, field.name)
        if value is not None or default is not None:  # without the key it would be the default
            table[field.name] = in_tables(value, catalogue, default)
    return table


def in_tables(value: Any, catalogue: Catalogue, without: Any = None) -> Any:
    """A value as TOML can hold it, with a table for settings."""
    if is_settings(value):
        return _table(value, catalogue, None if is_component(type(value)) else without)
    if isinstance(value, tuple | list):
        return [in_tables(item, catalogue) for item in value]
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
        values = {} if defaults is None or _is_default(defaults) else vars(defaults).copy()
        given: dict[str, str] = {}
        for spelt, value in table.items():
            name, place = spelt.replace("-", "_"), _join(path, spelt)
            if name not in known and f"{name}s" in known and isinstance(value, list):
                name = f"{name}s"  # as one writes a list of tables: [[member]]
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
        default = default_of(field) if field else None
        for option in options(hint):
            if get_origin(option) is tuple and isinstance(default, tuple) and _is_by_place(given):
                return self._changed(option, given, path, depth, default)
            if get_origin(option) is tuple and isinstance(given, list):
                return [
                    self._value(one, item, f"{path}[{i}]", depth)
                    for i, (one, item) in enumerate(zip(items_of(option, given), given, strict=False))
                ]
        if is_none(hint, given) or fits_as_it_is(hint, given):
            return given
        for option in options(hint):
            if isinstance(option, type) and is_dataclass(option):
                return self._settings(option, given, path, depth, default)
            if get_origin(option) is tuple and isinstance(given, str) and str in options(get_args(option)[0]):
                return [self._value(get_args(option)[0], given, path, depth)]
        return self._problem(path, f"{briefly(given)} is not {allowed(hint)}") if listed(hint) else given

    def _changed(self, hint: Any, given: Table, path: str, depth: int, default: tuple[Any, ...]) -> Any:
        """The items of a default, some of them changed: by their places, as in `encoders.1.hidden_size`."""
        items, hints = list(default), items_of(hint, default)
        for key, value in given.items():
            if int(key) >= len(items):
                return self._problem(f"{path}.{key}", no_item(len(items), path))
            place, one = f"{path}[{key}]", items[int(key)]
            if is_settings(one) and isinstance(value, dict) and "type" not in value:
                items[int(key)] = self.dataclass(type(one), value, place, depth + 1, one)
            else:
                items[int(key)] = self._value(hints[int(key)], value, place, depth)
        return items

    def _settings(self, cls: type[Any], given: Any, path: str, depth: int, default: Any) -> Any:
        """A nested table; for a component a bare name will do."""
        component = is_component(cls)
        if component and isinstance(given, str):
            given = {"type": given}
        if not isinstance(given, dict):
            return self._problem(path, f"{briefly(given)} is not a table" + " or a name" * component)
        if component:
            return self._component(cls, given, path, depth, default)
        return self.dataclass(cls, given, path, depth + 1, default if isinstance(default, cls) else None)

    def _component(self, cls: type[Any], table: Table, path: str, depth: int, default: Any) -> Any:
        """The component that the table names, or with other settings the one that is the default."""
        if table and "type" not in table and isinstance(default, cls):
            return self.dataclass(type(default), table, path, depth + 1, default)
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


def items_of(hint: Any, given: Sequence[Any]) -> tuple[Any, ...]:
    """The type of each item, where `given` is to be a tuple of type `hint`.

    >>> items_of(tuple[int, ...], [1, 2]), items_of(tuple[int, str], [1, "a"])
    ((<class 'int'>, <class 'int'>), (<class 'int'>, <class 'str'>))
    """
    inside = get_args(hint)
    return inside[:1] * len(given) if inside[-1:] == (Ellipsis,) else inside


def no_item(count: int, name: str) -> str:
    """A problem, in words.

    >>> no_item(2, "metrics")
    'there is no such item: metrics has 0 and 1'
    """
    places = {0: "is empty", 1: "has 0 alone", 2: "has 0 and 1"}.get(count, f"has 0 to {count - 1}")
    return f"there is no such item: {name} {places}"


def _is_by_place(given: Any) -> bool:
    return isinstance(given, dict) and bool(given) and all(re.fullmatch("[0-9]{1,9}", key) for key in given)


def is_component(hint: Any) -> bool:
    """Whether it is a settings class that a file names: one that has a kind."""
    return isinstance(hint, type) and isinstance(getattr(hint, "kind", None), str)


def _is_default(settings: Any) -> bool:
    """Whether they are what their class gives by itself: a setting that follows from another one is open."""
    with suppress(SettingsError):
        return bool(settings == type(settings)())
    return False


def _join(path: str, name: str) -> str:
    return ".".join(filter(None, (path, name)))
