"""Settings in the words of an error, with the option or the --set that gives them on the command line."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterable

from nlpkit.settings.toml import escaped

_SETTING = re.compile(r'\b([a-z_]+(?:\.[a-z_]+)*) = ("(?:[^"\\]|\\.)*"|true|false|-?[\d.]*\d|\[[^\]\n]*\])')
_OTHER_NAMES = {"type": "format", "train_labels": "labels"}
_OF_DATA = ("strict", "allow_constant", "split")


def with_options(text: str, options: Iterable[str]) -> str:
    """The text, with how each setting in it is given on a command line that has these options.

    >>> with_options('set quoted = false, or raise it', ["quoted", "text"])
    'set quoted = false (--no-quoted), or raise it'
    >>> with_options("set trainer.epochs = 3", ["set", "text"])
    'set trainer.epochs = 3 (--set trainer.epochs=3)'
    >>> with_options('set type = "json"', ["format"])
    'set type = "json" (--format "json")'
    """
    known = set(options)

    def written(found: re.Match[str]) -> str:
        option = _option(found[1].removeprefix("data."), found[2], known)
        return f"{found[0]} ({option})" if option else found[0]

    return _SETTING.sub(written, text)


def _option(name: str, value: str, known: set[str]) -> str:
    """The option for a setting; empty where there is none."""
    named = _OTHER_NAMES.get(name, name)
    flag = f"--{named.replace('_', '-')}"
    if named in known:
        parsed = tomllib.loads(f"value = {value}")["value"]
        if isinstance(parsed, bool):
            return flag if parsed else f"--no-{flag[2:]}"
        return option_for(named, parsed if isinstance(parsed, list) else [parsed])
    place = f"data.{name}" if name.split(".")[0] in _OF_DATA else name
    return f"--set {shlex.quote(f'{place}={value}')}" if "set" in known and "." in place else ""


def option_for(name: str, values: Iterable[object]) -> str:
    """An option with its value, or with one after another.

    >>> print(option_for("label_type", ["string"]))
    --label-type "string"
    """
    return " ".join(f"--{name.replace('_', '-')} {_in_shell(str(each))}" for each in values)


def _in_shell(value: str) -> str:
    r"""A value as one types it in a shell; a tab may be typed as `"\t"`.

    >>> print(_in_shell("Größe"), _in_shell("$ 5"), _in_shell("it's\na"))
    "Größe" '$ 5' $'it\'s\u000aa'
    """
    if value.isdecimal():
        return value
    if value == "\t":
        return r'"\t"'
    if value.isprintable():
        return shlex.quote(value) if set(value) & set('"$`\\!') else f'"{value}"'
    marks = {"'": r"\'", "\\": r"\\"}
    return "$'" + "".join(marks.get(each) or escaped(each) for each in value) + "'"
