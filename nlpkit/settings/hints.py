"""The types that settings have: `bool int float str Path`, a `Literal`, a tuple of these, `dict[str, float]`,
`X | None`, or another dataclass of settings; found, told in words, and held against values.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from nlpkit.errors import ConfigError, MissingError, SettingsError
from nlpkit.settings.named import class_of

BROKEN: Any = object()  # stands for a value whose problem has been told
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a string", Path: "a path"}


def settings_types(cls: type[Any]) -> Mapping[str, Any]:
    """The type of each field; Any where it cannot be found, as in a class that a function defines."""
    return _settings_types(cls)  # type: ignore[arg-type]  # of a class


def known_types(cls: type[Any]) -> Mapping[str, Any]:
    """The type of each field; an annotation that cannot be found raises whatever it does."""
    return _known_types(cls)  # type: ignore[arg-type]  # of a class


@cache
def _known_types(cls: Any) -> Mapping[str, Any]:
    hints = get_type_hints(cls)
    return types.MappingProxyType({field.name: hints[field.name] for field in fields(cls)})


@cache
def _settings_types(cls: Any) -> Mapping[str, Any]:
    try:
        return known_types(cls)
    except Exception:  # an annotation is any code
        found: dict[str, Any] = {field.name: Any for field in fields(cls)}
    for base in reversed(cls.__mro__):
        for name, hint in vars(base).get("__annotations__", {}).items():
            alone = type("_", (), {"__annotations__": {name: hint}, "__module__": base.__module__})
            with suppress(Exception):
                found.update(get_type_hints(alone) if name in found else {})
    return types.MappingProxyType(found)


def default_of(field: Field[Any]) -> Any:
    """The default of a setting, MISSING where it has none."""
    return field.default if field.default_factory is MISSING else field.default_factory()


def options(hint: Any) -> tuple[Any, ...]:
    """The types of a union; another type alone."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def is_none(hint: Any, value: Any) -> bool:
    """Whether a value is None, or "none" where None is allowed and "none" can be no string of its own."""
    return value is None or (isinstance(value, str) and value == "none" and takes_none(hint))


def takes_none(hint: Any) -> bool:
    known = options(hint)
    own = {str, Path} & set(known) or any("none" in get_args(each) for each in known)
    return type(None) in known and not own


def fits_as_it_is(hint: Any, value: Any) -> bool:
    """Whether a name is one of those that a setting keeps as they are, beside the components it takes: of a
    Literal, or what their kind calls `plain`.

    >>> fits_as_it_is(Literal["adam"] | Path, "adam")
    True
    """
    return isinstance(value, str) and any(
        value in (get_args(each) if get_origin(each) is Literal else getattr(each, "plain", ()))
        for each in options(hint)
    )


def supported(hint: Any) -> bool:
    """Whether a setting may have this type.

    >>> supported(tuple[str | int, ...] | None), supported(list[str])
    (True, False)
    """
    origin, inside = get_origin(hint), [each for each in get_args(hint) if each is not Ellipsis]
    if origin is Literal:
        return all(isinstance(each, bool | int | str) for each in inside)
    if origin is dict:
        return inside[0] is str and inside[1] in (bool, int, float, str)
    if origin in (Union, types.UnionType, tuple):
        return all(map(supported, inside))
    return hint in _WORDS or hint is type(None) or (isinstance(hint, type) and is_dataclass(hint))


def allowed(hint: Any, *, in_python: bool = False) -> str:
    """A type in words that a writer of TOML understands, or of Python, where settings are no table.

    >>> allowed(int | None), allowed(tuple[str, ...]), allowed(tuple[int, int])
    ('a whole number or none', 'a list of: a string', 'a list of 2: a whole number')
    """
    told = partial(allowed, in_python=in_python)
    if hint in _WORDS:
        return _WORDS[hint]
    inside = [each for each in get_args(hint) if each not in (type(None), Ellipsis)]
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return " or ".join([*map(told, inside), *(["none"] if takes_none(hint) else [])])
    if origin is tuple:
        count = "" if Ellipsis in get_args(hint) else f" {len(inside)}"
        return f"a list of{count}: {' or '.join(dict.fromkeys(map(told, inside)))}"
    if origin is dict:
        return f"a table of: {allowed(inside[-1])}"
    if inside:  # a Literal
        return ", ".join(map(str, inside))
    kind = getattr(hint, "kind", hint.__name__ if in_python else "table")
    return f"an {kind}" if kind[0] in "aeiouAEIOU" else f"a {kind}"


def choices_of(hint: Any) -> list[str]:
    """The strings that a setting has to be one of; none where it may be other things.

    >>> choices_of(Literal["head", "tail"] | None), choices_of(str)
    (['head', 'tail'], [])
    """
    literals = [each for each in options(hint) if get_origin(each) is Literal]
    return [str(each) for literal in literals for each in get_args(literal)]


def briefly(value: Any) -> str:
    """A value, as short as it has to be in a sentence.

    >>> briefly(True), briefly(None), briefly([1]), briefly("x")
    ('true', 'none', 'a list', "'x'")
    """
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return str(value).lower()
    try:
        text = str(value) if type(value).__module__ == "datetime" else repr(value)
    except Exception:  # code of others, or a number of thousands of digits
        text = f"a very large or unreadable {type(value).__name__}"
    if "\n" in text and not isinstance(value, str):  # a table of numbers, say
        return f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def fit(hint: Any, value: Any, place: str, problems: dict[str, str]) -> Any:
    """`value` as a setting of this type has it, whether it comes from a file or from Python: a string as a
    path or the component of that name, a list or one string as a tuple, a whole number as a number.

    BROKEN where it cannot be one, and `problems` says why, by its place.
    """
    if type(value).__module__ == "numpy" and hasattr(value, "item") and not getattr(value, "ndim", 1):
        value = value.item()  # a number of a search over np.arange
    if type(None) in options(hint) and is_none(hint, value):
        return None
    if kind := _kind_named(hint, value):
        return _by_name(kind, value, place, problems)
    inside: dict[str, str] = {}
    for option in sorted(options(hint), key=_converts):
        tried: dict[str, str] = {}
        found = _as(option, value, place, tried)
        if not tried:
            return found
        if place not in tried:
            inside |= tried
    one_of = "one of " if get_origin(hint) is Literal else ""
    unfit = f"{briefly(value)} is not {one_of}{allowed(hint, in_python=True)}{_instead(hint, value)}"
    problems.update(inside or {place: unfit})
    return BROKEN


def _instead(hint: Any, value: Any) -> str:
    """How Python gives settings, where something else is given."""
    settings = _settings_among(options(hint))
    if any(isinstance(value, type) and issubclass(value, each) for each in settings):
        return f" yet; call the class: {value.__name__}()"
    kind = getattr(settings[0], "kind", "") if settings else ""
    if kind:
        return f" in Python; give the {kind} or its name" if isinstance(value, dict) else ""
    if settings:
        return f"; {_call(settings[0], value)}"
    return f"; {_call(items[0], value, '[', ']')}" if (items := listed(hint)) else ""


def listed(hint: Any) -> list[type[Any]]:
    """The classes of settings that a list is to have, which are no components."""
    items = [each for option in options(hint) if get_origin(option) is tuple for each in get_args(option)]
    return [each for each in _settings_among(items) if not hasattr(each, "kind")]


def _settings_among(hints: Iterable[Any]) -> list[type[Any]]:
    return [each for each in hints if isinstance(each, type) and is_dataclass(each)]


def _call(cls: type[Any], value: Any, before: str = "", after: str = "") -> str:
    """What to write for settings that are no component: around the value, where one of them takes it."""
    given = value if isinstance(value, type) else type(value)
    needed = [each.name for each in fields(cls) if each.init and default_of(each) is MISSING]
    takes = [
        name
        for name, hint in settings_types(cls).items()
        if any(issubclass(given, each) for each in _settings_among(options(hint)))
    ]
    names = dict.fromkeys([*needed, *takes[:1]])
    inside = ", ".join(f"{name}=..." for name in names) or "..."
    return f"{'wrap it:' if takes else 'give'} {before}{cls.__name__}({inside}){after}"


def _kind_named(hint: Any, value: Any) -> str:
    """The kind of component that a string is the name of; empty where it is none, or a name that is kept."""
    if not isinstance(value, str) or fits_as_it_is(hint, value):
        return ""
    kinds = (getattr(each, "kind", None) for each in options(hint) if isinstance(each, type))
    return next((kind for kind in kinds if isinstance(kind, str)), "")


def _by_name(kind: str, name: str, place: str, problems: dict[str, str]) -> Any:
    """The component of a name, with its default settings."""
    try:
        return class_of(kind, name)()
    except SettingsError as error:
        problems.update({f"{place}.{key}" if key else place: said for key, said in error.by_field.items()})
    except (ConfigError, MissingError) as error:
        problems[place] = error.message + (f"; {error.hint}" if error.hint else "")
    return BROKEN


def _converts(hint: Any) -> bool:
    """Whether values of other types fit as well: of several types, such a one comes last."""
    origin: Any = get_origin(hint)
    return hint in (Path, float) or origin is tuple


def _as(hint: Any, value: Any, place: str, problems: dict[str, str]) -> Any:
    """`value` as one type that is no union; any sentence under `place` says that it has another shape."""
    origin, inside = get_origin(hint), get_args(hint)
    if value is BROKEN:
        return BROKEN
    if origin is tuple:
        return _as_tuple(inside, value, place, problems)
    if origin is dict:
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            found = {key: fit(inside[1], item, f"{place}.{key}", problems) for key, item in value.items()}
            return BROKEN if problems else found
    elif origin is Literal:
        for each in inside:
            if type(each) is type(value) and each == value:
                return value
    elif hint in _TAKEN:
        if isinstance(value, _TAKEN[hint]) and (hint is bool or not isinstance(value, bool)):
            with suppress(OverflowError, ValueError):  # too large for a float; no path
                return _plain(hint, value)
    elif hint is Any or not isinstance(hint, type) or isinstance(value, hint):  # what is not supported fits
        return value
    problems[place] = "it has another shape"
    return BROKEN


def _as_tuple(inside: tuple[Any, ...], value: Any, place: str, problems: dict[str, str]) -> Any:
    items = (value,) if isinstance(value, str) else value
    many = inside[-1:] == (Ellipsis,)
    if isinstance(items, tuple | list) and (many or len(items) == len(inside)):
        hints = inside[:1] * len(items) if many else inside
        found = [
            fit(hint, item, f"{place}[{i}]", problems)
            for i, (hint, item) in enumerate(zip(hints, items, strict=True))
        ]
        return BROKEN if any(item is BROKEN for item in found) else tuple(found)
    problems[place] = "it has another shape"
    return BROKEN


_TAKEN = {bool: bool, int: int, float: int | float, str: str, Path: str | Path}


def _plain(hint: Any, value: Any) -> Any:
    if hint is Path and (not str(value) or "\0" in str(value)):
        raise ValueError
    return str.__str__(value) if hint is str else hint(value)  # `str` of an enumeration is its name
