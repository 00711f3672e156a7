"""nlpkit plugin: what authors of plugins need."""

from __future__ import annotations

import click

from nlpkit.cli.verbs import Verbs


@click.group(
    "plugin",
    cls=Verbs,
    verbs=("new", "check"),
    prefix="plugin_",
    short_help="Start a plugin of your own, and check one.",
)
def plugin_command() -> None:
    """Start a plugin of your own, and check that it keeps what nlpkit relies on.

    \b
    nlpkit plugin new nlpkit-shout --kind tokenizer
    nlpkit plugin check nlpkit-shout

    What is installed is listed by: nlpkit plugins
    """
