"""An experiment as a TOML file to change: every setting with what it is, defaults commented out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlpkit.experiment.file import SINGULAR, path_from
from nlpkit.experiment.value import Experiment
from nlpkit.plugins.loading import load_plugins
from nlpkit.settings.help import field_docs
from nlpkit.settings.hints import allowed, choices_of, default_of, settings_types, takes_none
from nlpkit.settings.tables import Catalogue, in_tables, is_component
from nlpkit.settings.toml import in_toml
from nlpkit.settings.walk import is_settings, read_fields, with_paths


def commented(experiment: Experiment, folder: Path = Path()) -> str:
    """A TOML file for that folder: `load_experiment` of it gives an equal experiment."""
    experiment = with_paths(experiment, lambda _, path: path_from(folder, path))
    head = "# A line that begins with # has a default: remove the # to change it"
    return "\n".join([head, "", *_table(experiment, "", "", load_plugins())]) + "\n"


def _table(settings: Any, head: str, path: str, catalogue: Catalogue, without: Any = None) -> Iterator[str]:
    """The lines of a table under its `head`. Without a line a setting is as in `without`, or in its class."""
    docs, hints = field_docs(type(settings)), settings_types(type(settings))
    defaults = {field: default_of(field) for field in read_fields(settings)}
    if without is not None:
        defaults = {field: getattr(without, field.name) for field in defaults}
    values = {field: getattr(settings, field.name) for field in defaults}
    if path:
        yield f"\n{head}"
    if is_component(type(settings)):
        yield f"type = {in_toml(catalogue.name_of(type(settings)))}"
    for field, value in values.items():
        if not _tables(value):
            unset = "# " if value == defaults[field] else ""
            plain = _unset(hints[field.name]) if value is None else in_tables(value, catalogue)
            doc = _doc(docs.get(field.name, ""), hints[field.name])
            yield f"{unset}{field.name} = {in_toml(plain)}{doc}"
    for field, value in values.items():
        place = f"{path}.{SINGULAR.get(field.name, field.name)}".removeprefix(".")
        for each in _tables(value):
            one = defaults[field] if each is value and type(defaults[field]) is type(value) else None
            inside = None if is_component(type(each)) else one
            head = f"[{place}]" if each is value else f"[[{place}]]"
            doc = f"  # {docs[field.name]}" if field.name in docs else ""
            yield from _table(each, head + doc, place, catalogue, inside)


def _tables(value: Any) -> tuple[Any, ...]:
    """Settings that have a table of their own: the value, or each item of a tuple of settings alone."""
    several = value if isinstance(value, tuple) else (value,)
    return several if all(map(is_settings, several)) else ()


def _doc(doc: str, hint: Any) -> str:
    """What a setting is, with its choices where it does not name them."""
    choices = [each for each in choices_of(hint) if each not in re.findall(r"[\w-]+", doc)]
    told = [doc] if doc else []
    if choices:
        told.append(allowed(hint))
    return f"  # {': '.join(told)}" if told else ""


def _unset(hint: Any) -> str:
    """What stands for no value: "none", where that cannot be one."""
    return "none" if takes_none(hint) else "..."
