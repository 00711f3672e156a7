"""nlpkit plugin: what authors of plugins need."""

from __future__ import annotations

import click

from nlpkit.cli.verbs import Verbs


@click.group(
    "plugin",
    cls=Verbs,
    verbs=("new", "check"),
    prefix="plugin_",
    short_help="Write a plugin of your own, and check it.",
)
def plugin_command() -> None:
    """Write a plugin of your own, and check it.

    \b
    nlpkit plugin new nlpkit-shout --kind tokenizer
    nlpkit plugin check nlpkit-shout

    To list the installed plugins, run: nlpkit plugins
    """
