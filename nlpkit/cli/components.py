"""nlpkit components: what there is to choose from, read off the settings classes."""

from __future__ import annotations

from typing import Any

import click

from nlpkit.cli import completion
from nlpkit.cli.output import answer_as, json_option, table, wrapped
from nlpkit.errors import ConfigError, did_you_mean


@click.command("components", short_help="List the components and their settings.")
@click.argument("kind", required=False, shell_complete=completion.kinds)
@click.argument("name", required=False, shell_complete=completion.components)
@json_option
def components_command(kind: str | None, name: str | None, as_json: bool) -> None:
    """List the components of a KIND, or the settings of the one called NAME.

    \b
    nlpkit components
    nlpkit components encoder
    nlpkit components encoder lstm

    Prints each component with what it does, or each setting with its type, its default and its meaning.
    """
    from nlpkit.components.kinds import KINDS
    from nlpkit.plugins.loading import load_plugins

    if kind is not None and kind not in KINDS:
        raise ConfigError(f"{kind!r} is not a kind of component; {did_you_mean(kind, KINDS)}")
    plugins = load_plugins()
    if kind and name:
        entry = plugins.entry(kind, name)
        shown = _settings(entry.settings)
        described = {"kind": kind, "name": entry.name, "distribution": entry.distribution}
        document = {**described, "summary": _summary(entry.settings), "settings": shown}
        answer_as(as_json, document, _page(kind, entry.name, entry.settings, entry.distribution, shown))
        return
    kinds = [kind] if kind else list(KINDS)
    rows = [
        {
            "kind": each,
            "name": entry.name,
            "distribution": entry.distribution,
            "summary": _summary(entry.settings),
        }
        for each in kinds
        for entry in plugins.registry.entries(each)
    ]
    lines = table([[row["kind"], row["name"], row["summary"]] for row in rows])
    answer_as(as_json, rows, lines or f"no {kind} is installed")


def _settings(settings: type[Any]) -> list[dict[str, Any]]:
    from nlpkit.settings.described import describe

    return [
        {
            "setting": each.path,
            "type": each.type,
            "default": each.default,
            "required": each.required,
            "doc": each.doc,
        }
        for each in describe(settings)
    ]


def _summary(settings: type[Any]) -> str:
    from nlpkit.settings.described import summary

    return summary(settings)


def _page(kind: str, name: str, settings: type[Any], distribution: str, shown: list[dict[str, Any]]) -> str:
    head = (
        wrapped(f"{kind} {name}: {_summary(settings)}")
        + f"\n(class {settings.__name__}, from {distribution})"
    )
    if not shown:
        return f"{head}\n\nIt has no settings."
    lines = []
    for each in shown:
        default = "required" if each["required"] else f"default {each['default']}"
        lines.append(wrapped(f"{each['setting']}: {each['type']}; {default}", "  "))
        lines.append(wrapped(each["doc"], "    ", first="    "))
    return "\n".join([head, "", *lines])
