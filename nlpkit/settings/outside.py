"""Which settings name something outside a model: a file, or an address on the network.

A model is read from a folder that anybody may have written. So this is found in the settings alone: nothing
is built, opened or asked for, and no code of their classes is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from nlpkit.settings.checks import Settings
from nlpkit.settings.hints import options, settings_types
from nlpkit.settings.walk import is_settings, walk


def named_outside(settings: Settings) -> Iterator[str]:
    """The places of paths, and of strings that a class has, or may have, for something outside."""
    for place, value in walk(settings):
        if isinstance(value, Path):
            yield place
        elif is_settings(value):
            named = (name for name in outside_names(type(value)) if _is_given(getattr(value, name)))
            yield from (f"{place}.{name}".removeprefix(".") for name in named)


def outside_names(cls: Any) -> tuple[str, ...]:
    """The settings that are empty in a model: those that the class says. Where it has a portable() of its own
    and says nothing, each that may be any string.
    """
    said = getattr(cls, "outside", None)
    if isinstance(said, tuple):
        return said
    if getattr(cls, "portable", Settings.portable) is Settings.portable:
        return ()
    hints = settings_types(cls)
    return tuple(each.name for each in fields(cls) if str in options(hints[each.name]))


def _is_given(value: Any) -> bool:
    return bool(value) and not isinstance(value, Path)  # a path is told by itself
