"""Settings in the words of an error, with the option or the --set that gives them on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SETTING = re.compile(r'\b([a-z_]+(?:\.[a-z_]+)*) = ("(?:[^"\\]|\\.)*"|true|false|-?[\d.]+|\[[^\]\n]*\])')
_OF_DATA = ("strict", "allow_constant", "split")


def with_options(text: str, options: Iterable[str]) -> str:
    """The text, with how each setting in it is given on a command line that has these options.

    >>> with_options('set quoted = false, or raise it', ["quoted", "text"])
    'set quoted = false (--no-quoted), or raise it'
    >>> with_options("set trainer.epochs = 3", ["set", "text"])
    'set trainer.epochs = 3 (--set trainer.epochs=3)'
    """
    known = set(options)

    def written(found: re.Match[str]) -> str:
        option = _option(found[1], found[2], known)
        return f"{found[0]} ({option})" if option else found[0]

    return _SETTING.sub(written, text)


def _option(name: str, value: str, known: set[str]) -> str:
    """The option for a setting; empty where there is none."""
    name = name.removeprefix("data.")
    flag = name.replace("_", "-")
    if name in known:
        shown = {"true": f"--{flag}", "false": f"--no-{flag}"}
        return shown.get(value) or f"--{flag} {value}"
    if "set" not in known:
        return ""
    place = f"data.{name}" if name.split(".")[0] in _OF_DATA else name
    quoted = f"'{place}={value}'" if '"' in value or "[" in value else f"{place}={value}"
    return f"--set {quoted}" if "." in place else ""
