"""The settings of a component in words, read off its dataclass: name, type, default, doc."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

from nlpkit.settings.help import field_docs
from nlpkit.settings.hints import allowed, default_of, settings_types
from nlpkit.settings.tables import is_component
from nlpkit.settings.toml import in_toml


@dataclass(frozen=True)
class Described:
    """One setting. `path` has a dot for each table it is nested in."""

    path: str
    type: str
    default: str
    required: bool
    doc: str


def summary(settings: type[Any]) -> str:
    """The first sentence of the docstring."""
    doc = inspect.cleandoc(vars(settings)["__doc__"] or "").split("\n\n", 1)[0]
    return " ".join(doc.split())


def describe(settings: type[Any], path: str = "", defaults: Any = None) -> Iterator[Described]:
    """Every setting of a class, nested tables included; a nested component is one setting.

    `defaults` is an instance whose values are the defaults, where they are not those of the class.
    """
    docs, hints = field_docs(settings), settings_types(settings)
    for field in fields(settings):
        hint = hints[field.name]
        default = getattr(defaults, field.name) if defaults is not None else default_of(field)
        if is_dataclass(hint) and isinstance(hint, type) and not is_component(hint):
            nested = None if default is MISSING else default
            yield from describe(hint, f"{path}{field.name}.", nested)
            continue
        required = default is MISSING
        shown = "" if required else in_toml(default)
        yield Described(path + field.name, allowed(hint), shown, required, docs.get(field.name, ""))
