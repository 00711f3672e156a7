"""nlpkit plugins: which plugins are installed, and which of them are broken."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from nlpkit.cli.output import answer, answer_json, json_option, table
from nlpkit.components import KINDS


@click.command("plugins", short_help="List the plugins, and what is wrong with a broken one.")
@json_option
def plugins_command(as_json: bool) -> None:
    """List the installed plugins, what each one adds, and what is wrong with a broken one.

    NLPKIT_DISABLE_PLUGINS=a,b in the environment blocks plugins by name.
    """
    from nlpkit.plugins import load_plugins

    plugins = load_plugins()
    rows: list[dict[str, Any]] = []
    for plugin in plugins.loaded:
        names = [
            f"{kind} {entry.name}"
            for kind in KINDS
            for entry in plugins.registry.entries(kind)
            if entry.distribution == plugin.distribution
        ]
        rows.append({**asdict(plugin), "state": "loaded", "components": names})
    rows += [{**asdict(plugin), "state": "broken", "components": []} for plugin in plugins.broken]
    rows += [
        {"name": name, "distribution": "", "version": "", "problem": "", "state": "blocked", "components": []}
        for name in plugins.blocked
    ]
    if as_json:
        answer_json(rows)
    elif not rows:
        answer("no plugins are installed; what ships with nlpkit is under: nlpkit components")
    else:
        answer(
            table(
                [
                    [row["name"], row["distribution"], row["version"], row["state"], _gives(row)]
                    for row in rows
                ]
            )
        )


def _gives(row: dict[str, Any]) -> str:
    return row["problem"] or ", ".join(row["components"])
