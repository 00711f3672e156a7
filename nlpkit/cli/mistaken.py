"""Options that are no options but settings, which `--set` gives."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from typing import Any, Literal, get_args, get_origin

import click

from nlpkit.settings.hints import options, settings_types
from nlpkit.settings.tables import is_component

_SHOWN = 3
_OF_A_FILE = ("--file", "--files", "--data", "--path", "--source", "--in")
_WITHIN_ITSELF = "tokenizer"  # the kind of which one is often in another, as in one of n-grams


def as_setting(option: str, words: Sequence[str]) -> str:
    """How the words of a command line give the setting that an option is named after; empty where it is none.

    >>> as_setting("--epochs", ["run", "x.toml", "--epochs", "5"])
    '--set trainer.epochs=5'
    """
    from nlpkit.experiment.value import Experiment

    name = option.lstrip("-").replace("-", "_")
    found = dict(each for each in _settings(Experiment) if f".{each[0]}".endswith(f".{name}"))
    places = [name] if name in found else sorted(found, key=lambda place: place.count("."))[:_SHOWN]
    value = _value(option, words)
    given = {place: "true" if found[place] is bool else value for place in places}
    return " or ".join(f"--set {shlex.quote(f'{place}={value}')}" for place, value in given.items())


def meant(option: str, verb: click.Command) -> str:
    """How a verb is given its file, where an option is named after that; empty where it is not."""
    if option not in _OF_A_FILE:
        return ""
    if any("--input" in each.opts for each in verb.params):
        return "did you mean --input?"
    given = [each for each in verb.params if isinstance(each, click.Argument)]
    words = " ".join(each.metavar or str(each.name).upper() for each in given)
    return f"name the file without an option: nlpkit {verb.name} {words}" if "FILE" in words else ""


def _value(option: str, words: Sequence[str]) -> str:
    """What a command line gives an option."""
    for word, after in zip(words, [*words[1:], "--"], strict=True):
        if word == option:
            return "VALUE" if after.startswith("--") else after
        if word.startswith(f"{option}="):
            return word.removeprefix(f"{option}=")
    return "VALUE"


def _settings(cls: type[Any], path: str = "", kinds: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The place and the type of every setting that an experiment may have, whatever its components are."""
    from nlpkit.plugins.loading import installed_plugins

    for name, hint in settings_types(cls).items():
        hints = (*options(hint), *get_args(hint))
        named = any(get_origin(each) is Literal for each in hints)  # by a name alone, as most are
        within: list[Any] = [
            each
            for each in hints
            if isinstance(each, type) and is_dataclass(each) and not named
            if is_component(each) or each in options(hint)  # one of several has a number of its own
        ]
        if not within or any(map(is_component, within)):
            yield f"{path}{name}", hint
        for each in dict.fromkeys(within):
            if not is_component(each):
                yield from _settings(each, f"{path}{name}.", kinds)
            elif kinds.count(each.kind) <= (each.kind == _WITHIN_ITSELF):
                for entry in installed_plugins().registry.entries(each.kind):
                    yield from _settings(entry.settings, f"{path}{name}.", (*kinds, each.kind))
