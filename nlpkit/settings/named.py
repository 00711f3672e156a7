"""Components by their names, in Python as in a file.

Settings know no names: those who do stand above them, and `nlpkit` says here where they are.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_module = ""


def look_up_in(module: str) -> None:
    """Say which module has the `class_of(kind, name)`; it is imported when the first name is looked up."""
    global _module
    _module = module


def class_of(kind: str, name: str) -> type[Any]:
    """The settings class that a name stands for; an NlpkitError says that there is none, or what it needs."""
    found: type[Any] = import_module(_module).class_of(kind, name)
    return found
