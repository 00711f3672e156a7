"""What `help()` shows of a class of settings: each one with its type, its default and what it is."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from textwrap import wrap
from typing import Any, Literal, get_args, get_origin

from nlpkit.settings.hints import default_of, options, settings_types

FIELD_LINE = re.compile(r"^(\w+): (.+(?:\n[ ]{4,}.+)*)", flags=re.MULTILINE)


def field_docs(settings: type[Any]) -> dict[str, str]:
    """The lines `field: what it is` of a class's docstring and of those it inherits from.

    >>> from nlpkit.components.encoders import Lstm
    >>> field_docs(Lstm)["num_layers"]
    'recurrent layers, each over the states of the one below'
    """
    names = {field.name for field in fields(settings)}
    found: dict[str, str] = {}
    for cls in reversed(settings.__mro__):
        doc = inspect.cleandoc(vars(cls).get("__doc__") or "")
        for name, text in FIELD_LINE.findall(doc):
            if name in names:
                found[name] = " ".join(text.split())
    return found


def help_of(cls: type[Any], doc: str) -> str:
    """The docstring of a class, with all its settings in place of the lines about its own."""
    settings = "\n".join(_lines(cls))
    return f"{prose_of(cls, doc)}\n\nSettings:\n\n{settings}\n" if settings else doc


def prose_of(cls: type[Any], doc: str) -> str:
    """A docstring without its lines about the settings of a class."""
    names = {field.name for field in fields(cls)}
    return FIELD_LINE.sub(lambda line: "" if line[1] in names else line[0], inspect.cleandoc(doc)).strip()


def _lines(cls: type[Any]) -> Iterator[str]:
    docs, hints = field_docs(cls), settings_types(cls)
    for field in fields(cls):
        if field.init:
            yield f"{field.name}: {in_python(hints[field.name])}{_default(field)}"
            yield from wrap(docs.get(field.name, ""), 80, initial_indent="    ", subsequent_indent="    ")


def _default(field: Field[Any]) -> str:
    try:
        default = default_of(field)
        return "" if default is MISSING else f" = {default!r}"
    except Exception:  # code of others, which help() outlives
        return " = ..."


def in_python(hint: Any) -> str:
    """A type as Python writes it, without the modules of classes.

    >>> in_python(int | None), in_python(tuple[Literal["a", "b"], ...])
    ('int | None', "tuple[Literal['a', 'b'], ...]")
    """
    origin, inside = get_origin(hint), get_args(hint)
    if len(options(hint)) > 1:
        return " | ".join(map(in_python, inside))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inside))}]"
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(in_python, inside))}]"
    if hint is Ellipsis or hint is type(None):
        return "..." if hint is Ellipsis else "None"
    return getattr(hint, "__name__", str(hint))


def signature_of(cls: type[Any]) -> inspect.Signature:
    """The arguments of a class: those of its `__init__`."""
    own = inspect.signature(cls.__init__)
    return own.replace(parameters=list(own.parameters.values())[1:], return_annotation=own.empty)
