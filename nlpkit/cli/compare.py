"""nlpkit compare: run folders held against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer_as, complain, json_option
from nlpkit.errors import ConfigError
from nlpkit.system.atomic import atomic_text, require_free

if TYPE_CHECKING:
    from nlpkit.runs.compare import Comparison


@click.command("compare", short_help="Compare runs on the same test texts.")
@click.argument("folders", metavar="RUN...", type=PATH, nargs=-1, shell_complete=completion.runs)
@click.option("--html", type=PATH, help="Write a page to this new file as well.")
@click.option("--disagreements", type=PATH, help="Write each text they disagree on to this new CSV file.")
@json_option
def compare_command(
    folders: tuple[Path, ...], html: Path | None, disagreements: Path | None, as_json: bool
) -> None:
    """Compare two RUN folders or more that were scored on the same test texts.

    \b
    nlpkit compare runs/lstm runs/bigrams
    nlpkit compare runs/lesson/* --html lesson.html
    nlpkit compare runs/lstm runs/bigrams --disagreements texts.csv

    Prints the scores with their intervals, sorted by validation accuracy; how far the test accuracy of each
    run is above or below that of the first, with an interval and McNemar's exact p; the settings, files and
    versions that are not the same; and the texts they disagree on. Only the folders are read: the data and
    the plugins may be gone.
    """
    if len(folders) < 2:
        raise ConfigError(
            "name two run folders or more", hint="for example: nlpkit compare runs/lstm runs/bigrams"
        )
    for option, path in (("--html", html), ("--disagreements", disagreements)):
        if path is not None:
            require_free(path, option)
    if html is not None and html == disagreements:
        raise ConfigError("--html and --disagreements name the same file", location=str(html))

    from nlpkit.report import compared
    from nlpkit.report.page import compared_html
    from nlpkit.runs.compare import compare

    found = compare(folders)
    table = found.table()
    if html is not None:
        with atomic_text(html) as file:
            file.write(compared_html(table))
    if disagreements is not None:
        _write(found, disagreements)
    answer_as(as_json, table, compared.text(table).rstrip("\n"))
    for path in filter(None, (html, disagreements)):
        complain(f"written to {path}")


def _write(found: Comparison, path: Path) -> None:
    from nlpkit.system.csv_row import csv_row

    with atomic_text(path) as file:
        file.write(csv_row(["row", "gold", *found.names]) + "\n")
        for place in found.disagreements:
            file.write(csv_row(found.row(place)) + "\n")
