"""What verbs have in common: where words go, and the options that several of them take."""

from __future__ import annotations

import json
import os
import shlex
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click

from nlpkit.system.terminal import plain


def answer(text: str) -> None:
    """A result: to stdout."""
    click.echo(plain(text))


def complain(text: str) -> None:
    """Anything else: to stderr, and lost without a word where that is closed."""
    with suppress(OSError, ValueError):
        click.echo(plain(text), err=True)


def abandon_stdout() -> None:
    """What is still to be written there has nowhere to go."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answer_json(value: Any) -> None:
    """A result for programs: one JSON document on stdout."""
    answer(json.dumps(value, ensure_ascii=True, indent=2))


def answer_as(as_json: bool, document: Any, text: str) -> None:
    """A result, for a program or for a person."""
    answer_json(document) if as_json else answer(text)


def shell_word(path: Path) -> str:
    """A path as one types it."""
    return shlex.quote(str(path))


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting, such as encoder.hidden_size=64. Can be repeated.",
)


_WRAPPER = partial(textwrap.TextWrapper, break_long_words=False, break_on_hyphens=False)
PATH = click.Path(path_type=Path)


class InputPath(click.Path):
    """A path, or the URL of a file that fsspec reads."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """What is written like a URL stays one."""
        if isinstance(value, str) and "://" in value:
            from nlpkit.data.reading.source.remote import path_of

            return path_of(value)
        return super().convert(value, param, ctx)


def wrapped(text: str, indent: str = "", *, first: str = "", width: int = 80) -> str:
    """A sentence in lines of at most `width` columns; no word is broken."""
    return "\n".join(_WRAPPER(width, first, indent).wrap(text))


def table(rows: Sequence[Sequence[str]], width: int = 80) -> str:
    """Rows as left-aligned columns, two spaces apart; a last cell that is too long goes on below itself.

    >>> print(table([["a", "one two three four five six"]], width=24))
    a  one two three four
       five six
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    start = sum(widths[:-1]) + 2 * len(widths[:-1])
    lines: list[str] = []
    for row in rows:
        head = "".join(f"{cell:<{size + 2}}" for cell, size in zip(row[:-1], widths[:-1], strict=True))
        last = [row[-1]] if start + 20 > width else _WRAPPER(width - start).wrap(row[-1]) or [""]
        lines += [(head if i == 0 else " " * start) + part for i, part in enumerate(last)]
    return "\n".join(line.rstrip() for line in lines)
