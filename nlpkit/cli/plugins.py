"""nlpkit plugins: which plugins are installed, and which of them are broken."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli.output import answer_as, json_option, wrapped
from nlpkit.system.terminal import plain

if TYPE_CHECKING:
    from nlpkit.plugins.catalogue import Plugin, Plugins
    from nlpkit.plugins.finding import FoundPlugin

HEAD = ("plugin", "distribution", "version", "api", "state", "load", "components")
WIDTHS = (12, 18, 8, 3, 7, 7, 13)  # with two spaces between them 80 columns
FOOT = "docs/plugins.md explains plugins; to start one, run: nlpkit plugin new NAME"


@click.command("plugins", short_help="List the installed plugins.")
@click.option("--again", is_flag=True, help="Try every plugin again, even if nothing has changed.")
@json_option
def plugins_command(again: bool, as_json: bool) -> None:
    """List the installed plugins.

    \b
    nlpkit plugins
    nlpkit plugins --again
    NLPKIT_DISABLE_PLUGINS=all nlpkit plugins
    NLPKIT_STRICT_PLUGINS=1 nlpkit plugins

    Prints what each plugin adds, the plugin API it is written for, how long it takes to load, and why it is
    broken if it is. A plugin is tried in a process of its own when it is new or has changed, and a broken
    one once a day. A command is imported when you call it, so its state is "on call".
    NLPKIT_DISABLE_PLUGINS=a,b blocks plugins by name, and "all" blocks every plugin. NLPKIT_STRICT_PLUGINS=1
    turns a broken plugin into an error with the end of its traceback.
    """
    from nlpkit.plugins import verdicts
    from nlpkit.plugins.finding import COMMANDS, found
    from nlpkit.plugins.loading import installed_plugins

    if again:
        verdicts.forget()
    plugins = installed_plugins()
    rows = [
        _row(plugin, state) for state in ("loaded", "broken", "blocked") for plugin in getattr(plugins, state)
    ]
    rows += map(_verb_row, found(COMMANDS))
    answer_as(as_json, rows, "\n".join([*_lines(rows), *_unmatched(plugins), "", FOOT]))


def _row(plugin: Plugin, state: str) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "api": plugin.api,
        "state": state,
        "load_ms": None if state == "blocked" else round(plugin.seconds * 1000, 1),
        "components": list(plugin.components) if state == "loaded" else [],
        "hooks": list(plugin.hooks),
        "commands": [],
        "problem": plugin.problem,
        "place": plugin.place,
        "notes": list(plugin.notes),
        "switched_off": plugin.switched_off if state == "broken" else "",
    }


def _verb_row(each: FoundPlugin) -> dict[str, Any]:
    """A verb, of which the metadata alone are known."""
    from nlpkit.cli.main import VERBS
    from nlpkit.plugins.catalogue import Plugin
    from nlpkit.plugins.commands import problem
    from nlpkit.plugins.finding import blocked_by, disabled

    blocked, wrong = blocked_by(each, disabled()), problem(each, VERBS)
    state = "blocked" if blocked else "broken" if wrong else "on call"
    row = _row(replace(Plugin.of(each), problem="" if blocked else wrong), state)
    return {**row, "load_ms": None, "commands": [each.name], "switched_off": ""}


def _adds(row: dict[str, Any]) -> str:
    """What a plugin adds, in words."""
    from nlpkit.plugins.asked import PREDICTED

    columns = [f"predict --add {row['name']}"] * (row["state"] == "loaded" and PREDICTED in row["hooks"])
    return ", ".join([*row["components"], *columns, *(f"command {verb}" for verb in row["commands"])])


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line or more for each plugin, and below it, indented, what is to be said of it."""
    if not rows:
        yield "no plugins are installed; to see what ships with nlpkit, run: nlpkit components"
        return
    yield from _wrapped_cells(HEAD)
    for row in rows:
        load = "" if row["load_ms"] is None else f"{row['load_ms']:.0f} ms"
        own = [str(row[key] or "") for key in ("name", "distribution", "version", "api", "state")]
        yield from _wrapped_cells([*own, load, _adds(row)])
        for sentence in (
            row["problem"],
            row["place"] and f"in {row['place']}",
            row["switched_off"],
            *row["notes"],
        ):
            if sentence:
                yield wrapped(plain(sentence), "    ", first="  ")


def _wrapped_cells(cells: Sequence[str]) -> Iterator[str]:
    """The lines of one row; a cell that is too long goes on below itself."""
    columns = [textwrap.wrap(cell, width) for cell, width in zip(cells, WIDTHS, strict=True)]
    for parts in zip_longest(*columns, fillvalue=""):
        yield "  ".join(f"{part:<{width}}" for part, width in zip(parts, WIDTHS, strict=True)).rstrip()


def _unmatched(plugins: Plugins) -> Iterator[str]:
    for name in plugins.unmatched:
        yield f"NLPKIT_DISABLE_PLUGINS names {name}, but no such plugin is installed"
