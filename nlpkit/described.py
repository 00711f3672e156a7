"""The settings of a component in words, read off its dataclass: name, type, default, doc."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any

from nlpkit.components import Component


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
    doc = inspect.cleandoc(settings.__doc__ or "").split("\n\n", 1)[0]
    return " ".join(doc.split())


def describe(settings: type[Any], path: str = "") -> Iterator[Described]:
    """Every setting of a class, nested tables included; a nested component is one setting."""
    from nlpkit.tables import allowed, settings_types

    docs = field_docs(settings)
    for field in fields(settings):
        hint = settings_types(settings)[field.name]
        if is_dataclass(hint) and isinstance(hint, type) and not issubclass(hint, Component):
            yield from describe(hint, f"{path}{field.name}.")
            continue
        required = field.default is MISSING and field.default_factory is MISSING
        yield Described(
            path + field.name, allowed(hint), _default(field), required, docs.get(field.name, "")
        )


def field_docs(settings: type[Any]) -> dict[str, str]:
    """The lines `field: what it is` of a class's docstring and of those it inherits from.

    >>> from nlpkit.encoders import Lstm
    >>> field_docs(Lstm)["num_layers"]
    'recurrent layers, each over the states of the one below'
    """
    names = {field.name for field in fields(settings)}
    found: dict[str, str] = {}
    for cls in reversed(settings.__mro__):
        doc = inspect.cleandoc(vars(cls).get("__doc__") or "")
        for name, text in re.findall(r"^(\w+): (.+(?:\n[ ]{4,}.+)*)", doc, flags=re.MULTILINE):
            if name in names:
                found[name] = " ".join(text.split())
    return found


def _default(field: Field[Any]) -> str:
    from nlpkit.tables import in_toml

    if field.default is not MISSING:
        return in_toml(field.default)
    if field.default_factory is not MISSING:
        return in_toml(field.default_factory())
    return ""
