"""Every error nlpkit raises on purpose, and the exit code each has on the command line.

    NlpkitError                        never raised itself
    +-- StorageError                1  what should be written cannot be: a full or failing disk
    +-- ConfigError                 2  a setting, an option or an experiment file is wrong
    |   +-- SettingsError           2  values that a component refuses; also a ValueError and a TypeError
    |   +-- LostError               2  a process that shared the work was killed, perhaps for lack of memory
    +-- DataError                   3  a file, a text or a label is wrong
    |   +-- InputError              3  the same of what Python was given; also a ValueError
    +-- MissingError                4  an extra or a plugin is not installed, or is broken
    +-- NetworkError                5  something could not be downloaded
    +-- GateError                   6  a bar that was asked for has not been met

A message is lower-case, has no full stop, and says what was given, what was expected and what to do.
Anything else that reaches a user is a bug, of ours or of the plugin it came out of, and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self

LINE_CHARS = 500  # of a message
MAX_LINES = 100


class NlpkitError(Exception):
    """The root of the tree: `except NlpkitError` catches every refusal and no bug.

    `location` is where (a file with line and column, or a setting's path), `hint` is what to do next.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", location: str = "") -> None:
        super().__init__(message)
        self.message = bounded(message)
        self.hint = bounded(hint)
        self.location = location

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        said = f"{place}{self.message}" + (f"\n  {self.hint}" if self.hint else "")
        return said.encode("utf-8", "backslashreplace").decode()  # lone surrogates cannot be printed


class ConfigError(NlpkitError):
    """A setting, an option or an experiment file is wrong; `problems` has one line for each."""

    exit_code = 2

    def __init__(
        self, message: str, *, hint: str = "", location: str = "", problems: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.problems = tuple(map(bounded, problems)) or (self.message,)


class StorageError(NlpkitError):
    """What should be written cannot be written: the disk is full, failing or read-only."""


class DataError(NlpkitError):
    """A file, a text or a label is not what it has to be."""

    exit_code = 3


class InputError(DataError, ValueError):
    """Texts, labels or weights that Python was given are not what they have to be. It is a ValueError too."""


class MissingError(NlpkitError):
    """An extra or a plugin that this needs is not installed, or is broken."""

    exit_code = 4


class NetworkError(NlpkitError):
    """Something could not be downloaded, or the network is forbidden."""

    exit_code = 5


class GateError(NlpkitError):
    """A bar that was asked for has not been met."""

    exit_code = 6


class SettingsError(ConfigError, ValueError, TypeError):
    """Values that a component refuses; `by_field` maps a field's name to what is wrong with its value, and ""
    to what is wrong with several. It is a ValueError and a TypeError too, which Python raises for its own.
    """

    def __init__(self, by_field: Mapping[str, str]) -> None:
        told = [f"{field}: {problem}" if field else problem for field, problem in by_field.items()]
        super().__init__("; ".join(told), problems=told)
        self.by_field = dict(by_field)

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, str]]]:
        return type(self), (self.by_field,)


class LostError(ConfigError):
    """A process that shared the work was killed; what was kept of the work is as good as before."""


class GivenError(TypeError):
    """What the code of a component or a hook gives is of no use: no refusal, but a bug of `function`, though
    no line of it raised this.
    """

    def __init__(self, message: str, function: object) -> None:
        super().__init__(message)
        self.function = function


def bounded(text: str) -> str:
    """A message that a person can read whatever was given: long lines without their middle, and not too many.

    >>> len(bounded("x" * 100_000)), bounded("no such setting: " + "x" * 100_000)[:20]
    (505, 'no such setting: xxx')
    """
    lines = [
        line if len(line) <= LINE_CHARS else f"{line[: LINE_CHARS - 100]} ... {line[-100:]}"
        for line in text.split("\n")
    ]
    more = len(lines) - MAX_LINES
    return "\n".join([*lines[:MAX_LINES], f"  and {more:,} more"] if more > 0 else lines)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known one, or all of them (at most 20).

    >>> did_you_mean("lsmt", ["gru", "lstm"])
    'did you mean lstm?'
    >>> did_you_mean("cat", ["gru", "lstm"])
    'known: gru, lstm'
    """
    names = sorted(known)
    near = difflib.get_close_matches(name.lower(), names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    rest = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"known: {', '.join(names[:20]) or 'none'}{rest}"
