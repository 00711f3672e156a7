"""How docstrings become pages: lines about settings are a table, and examples are code."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import griffe

from nlpkit.components.kinds import KINDS
from nlpkit.plugins.builtin import nlpkit_register
from nlpkit.plugins.registry import Registry
from nlpkit.settings.checks import Settings
from nlpkit.settings.help import field_docs, in_python, prose_of
from nlpkit.settings.hints import default_of, settings_types

EXAMPLES = re.compile(r"^>>> .*(?:\n.+)*", flags=re.MULTILINE)


class SettingsTables(griffe.Extension):
    """Runs once the whole package has been read, so that a class has the settings of its parents as well."""

    def on_package(self, *, pkg: griffe.Module, loader: griffe.GriffeLoader, **kwargs: Any) -> None:
        names = registered()
        for each in objects(pkg):
            if each.docstring:
                each.docstring.value = fenced(inspect.cleandoc(each.docstring.value))
            if isinstance(each, griffe.Class) and any(base.name == "Settings" for base in each.mro()):
                tell_settings(each, names)


def objects(parent: griffe.Object) -> Iterator[griffe.Object]:
    yield parent
    for member in parent.members.values():
        if not member.is_alias:
            yield from objects(member)  # type: ignore[arg-type]


def fenced(doc: str) -> str:
    return EXAMPLES.sub(lambda found: f"```pycon\n{found[0]}\n```", doc)


def registered() -> dict[type[Settings], str]:
    """What a file calls the components that ship."""
    registry = Registry("nlpkit")
    nlpkit_register(registry)
    return {entry.settings: f"{kind} `{entry.name}`" for kind in KINDS for entry in registry.entries(kind)}


def tell_settings(told: griffe.Class, names: dict[type[Settings], str]) -> None:
    """Give a class of settings a table of them, with those of its parents, and the name it has in files."""
    cls = getattr(importlib.import_module(told.module.path), told.name)
    if not told.docstring:
        return
    prose = prose_of(cls, told.docstring.value)
    if cls in names:
        prose += f"\n\nIn an experiment file it is the {names[cls]}."
    found: list[griffe.DocstringSection] = [griffe.DocstringSectionText(prose)]
    if rows := list(settings_of(told, cls)):
        found.append(griffe.DocstringSectionParameters(rows, title="Settings:"))
    told.docstring.__dict__["parsed"] = found


def settings_of(told: griffe.Class, cls: type[Settings]) -> Iterator[griffe.DocstringParameter]:
    docs, hints = field_docs(cls), settings_types(cls)
    for field in fields(cls):
        home = next(each for each in (told, *told.mro()) if field.name in each.members)
        yield griffe.DocstringParameter(
            name=field.name,
            annotation=type_of(hints[field.name], home),
            description=docs.get(field.name, ""),
            value=None if default_of(field) is MISSING else repr(default_of(field)),
        )


def type_of(hint: Any, home: griffe.Class) -> griffe.Expr | None:
    """A type whose names lead to their pages, where `home` knows them."""
    return griffe.get_annotation(ast.parse(in_python(hint), mode="eval").body, parent=home)
