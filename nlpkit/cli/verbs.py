"""A group of verbs that imports only those it needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from nlpkit.errors import did_you_mean


class Verbs(click.Group):
    """Imports a verb's module when that verb, or the list of all, is asked for.

    The verb `new` with the prefix `plugin_` is `new_command` of `nlpkit.cli.plugin_new`.
    """

    def __init__(self, *given: Any, verbs: tuple[str, ...], prefix: str = "", **settings: Any) -> None:
        super().__init__(*given, **settings)
        self._verbs, self._prefix = verbs, prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._verbs:
            return None
        module = import_module(f"nlpkit.cli.{self._prefix}{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self._verbs and not args[0].startswith("-"):
            ctx.fail(f"no such command {args[0]!r}; {did_you_mean(args[0], self._verbs)}")
        return super().resolve_command(ctx, args)
