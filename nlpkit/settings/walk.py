"""One walk over settings: dataclasses within dataclasses, tuples and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")


def walk(
    value: Any, path: str = "", *, into: Callable[[Any], bool] = lambda value: True
) -> Iterator[tuple[str, Any]]:
    """`value` and all that is nested in it, each with its path: `encoder.embedding.size`, `track[0]`.

    `into` says of a value whether what it holds is had as well.
    """
    yield path, value
    for step, inner in _inside(value) if into(value) else ():
        yield from walk(inner, f"{path}{step}".removeprefix("."), into=into)


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if is_settings(value):
        yield from ((f".{field.name}", getattr(value, field.name)) for field in read_fields(value))
    elif isinstance(value, dict):
        yield from ((f".{key}", item) for key, item in value.items())
    elif isinstance(value, tuple | list):
        yield from ((f"[{place}]", item) for place, item in enumerate(value))


def read_fields(settings: Any) -> list[Field[Any]]:
    """The fields of settings, without those that its `idle` names: nothing reads them as the others are."""
    idle = getattr(settings, "idle", ())
    return [field for field in fields(settings) if field.name not in idle]


def with_paths(value: S, change: Callable[[str, Path], Path]) -> S:
    """Settings in which `change` gives every path anew, from its place such as `data.train` and itself."""
    changed: S = _with_paths(value, change, "")
    return changed


def _with_paths(value: Any, change: Callable[[str, Path], Path], place: str) -> Any:
    if isinstance(value, Path):
        return change(place.removeprefix("."), value)
    if isinstance(value, tuple):
        return tuple(_with_paths(item, change, place + step) for step, item in _inside(value))
    if not is_settings(value):
        return value
    old = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    new = {name: _with_paths(item, change, f"{place}.{name}") for name, item in old.items()}
    return replace(value, **new) if new != old else value


def with_settings(value: Any, change: Callable[[Any], Any]) -> Any:
    """Settings, or a tuple of them, in which `change` gives each one anew, those inside it before it."""
    if isinstance(value, tuple):
        return tuple(with_settings(item, change) for item in value)
    if not is_settings(value):
        return value
    old = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    new = {name: with_settings(item, change) for name, item in old.items()}
    return change(replace(value, **new) if new != old else value)


def is_settings(value: Any) -> bool:
    """Whether it is a dataclass, and no class of them."""
    return is_dataclass(value) and not isinstance(value, type)


def rebuilt(settings: S, change: Callable[[Any], Any]) -> S:
    """`settings` with what `change` gives for each value in its fields, those in tuples one by one."""

    def changed(value: Any) -> Any:
        return tuple(map(changed, value)) if isinstance(value, tuple) else change(value)

    names = [field.name for field in fields(settings) if field.init]
    return replace(settings, **{name: changed(getattr(settings, name)) for name in names})
