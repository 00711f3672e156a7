"""What verbs have in common: where words go, and the options that several of them take."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from nlpkit.report import plain

F = TypeVar("F", bound=Callable[..., Any])


def answer(text: str) -> None:
    """A result: to stdout."""
    click.echo(plain(text))


def complain(text: str) -> None:
    """Anything else: to stderr, and lost without a word where that is closed."""
    try:
        click.echo(plain(text), err=True)
    except (OSError, ValueError):
        pass


def answer_json(value: Any) -> None:
    """A result for programs: one JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=True, indent=2))


def json_option(command: F) -> F:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Give the result as JSON.")(command)


def set_option(command: F) -> F:
    """--set KEY=VALUE."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a setting of the file, such as encoder.hidden_size=64. May be repeated.",
    )(command)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as left-aligned columns, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
