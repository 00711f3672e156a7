"""The options of verbs that read a file of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nlpkit.cli.output import complain
from nlpkit.errors import ConfigError
from nlpkit.runs.progress import note_text

if TYPE_CHECKING:
    from nlpkit.data.reading.layout import Layout
    from nlpkit.notes import Note

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--format",
        type=click.Choice(["csv", "tsv", "jsonl", "fasttext", "txt"]),
        help="The format of the file. [default: from its extension]",
    ),
    click.option(
        "--text",
        multiple=True,
        metavar="COLUMN",
        help="A text column, by name or by number from 0. Can be repeated. [default: text]",
    ),
    click.option("--delimiter", help="The character between columns. [default: a comma, or a tab for TSV]"),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first row names the columns. [default: detected]",
    ),
    click.option("--encoding", default="utf-8", show_default=True, help="The encoding of the file."),
    click.option(
        "--errors",
        type=click.Choice(["strict", "replace"]),
        default="strict",
        show_default=True,
        help="Refuse or replace bytes that are not valid in the encoding.",
    ),
)


def reading_options(command: F) -> F:
    """--format, --text, --delimiter, --header, --encoding and --errors."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that share a large file. [default: one per core]",
)


def for_files(options: dict[str, Any]) -> str:
    """The first option that is given and says how a file is laid out, or an empty string."""
    given = {"--format": options["format"], "--text": options["text"] or None}
    given |= {"--delimiter": options["delimiter"], "--header": options["header"]}
    return next((name for name, value in given.items() if value is not None), "")


def column(name: str) -> str | int:
    """A column as given on the command line: a number is a place."""
    if name.isdecimal() and len(name) > 18:
        raise ConfigError(f"there is no column {name}", hint="give its name, or its number from 0")
    return int(name) if name.isdecimal() else name


def layout(path: Path, label: str | int | None, *, text: tuple[str, ...], **options: Any) -> Layout:
    """How a file is laid out, as the options say and its name."""
    from nlpkit.data.reading.layout import layout_of

    if options["delimiter"] == "\\t":  # as one types a tab
        options["delimiter"] = "\t"
    columns = tuple(column(name) for name in text) or ("text",)
    return layout_of(path, text=columns, label=label, **options)


def note(notes: Iterable[Note]) -> None:
    """What is worth knowing about a file goes to stderr."""
    for each in notes:
        complain(note_text(each))
