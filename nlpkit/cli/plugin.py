"""nlpkit plugin: what authors of plugins need."""

from __future__ import annotations

from importlib import import_module

import click

_SUBVERBS = ("new", "check")


class Subverbs(click.Group):
    """A group that imports the module of a subverb when that, or the list of all, is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_SUBVERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUBVERBS:
            return None
        command: click.Command = getattr(
            import_module(f"nlpkit.cli.plugin_{cmd_name}"), f"{cmd_name}_command"
        )
        return command


@click.group("plugin", cls=Subverbs, short_help="Start a plugin of your own, and check one.")
def plugin_command() -> None:
    """Start a plugin of your own, and check that it keeps what nlpkit relies on.

    \b
    nlpkit plugin new nlpkit-shout --kind tokenizer
    nlpkit plugin check nlpkit-shout

    What is installed is listed by: nlpkit plugins
    """
