"""A group of verbs that imports only those it needs."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from nlpkit.errors import MissingError, NlpkitError, did_you_mean

if TYPE_CHECKING:
    from nlpkit.plugins.finding import FoundPlugin


class Verbs(click.Group):
    """Imports a verb's module when that verb, or the list of all, is asked for.

    The verb `new` with the prefix `plugin_` is `new_command` of `nlpkit.cli.plugin_new`.
    """

    def __init__(
        self, *given: Any, verbs: tuple[str, ...], prefix: str = "", of_plugins: bool = False, **settings: Any
    ) -> None:
        super().__init__(*given, **settings)
        self._verbs, self._prefix, self._of_plugins = verbs, prefix, of_plugins

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._verbs:
            return self._of_plugin(cmd_name)
        module = import_module(f"nlpkit.cli.{self._prefix}{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Those of plugins below the others, by their names: nothing of theirs is imported."""
        super().format_commands(ctx, formatter)
        rows = [(verb, f"From {each[0].distribution}.") for verb, each in self._added().items()]
        if rows:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Those of plugins too, by their names."""
        added = [
            CompletionItem(verb, help=f"From {each[0].distribution}.")
            for verb, each in self._added().items()
            if verb.startswith(incomplete)
        ]
        return [*super().shell_complete(ctx, incomplete), *added]

    def _added(self) -> dict[str, list[FoundPlugin]]:
        """The verbs of plugins; none hides one of the box."""
        if not self._of_plugins:
            return {}
        from nlpkit.plugins.commands import verbs

        return {verb: each for verb, each in verbs().items() if verb not in self._verbs}

    def _of_plugin(self, verb: str) -> click.Command | None:
        if verb not in self._added():
            return None
        from nlpkit.plugins.commands import command

        found = command(verb)
        found.name = verb
        found.invoke = partial(_blamed, found.invoke, verb)  # type: ignore[method-assign]
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        ctx.meta["nlpkit.words"] = args[1:]  # as they were typed, for whoever says how to go on
        if args and args[0] not in self._verbs and not args[0].startswith("-"):
            known = [*self._verbs, *self._added()]
            if args[0] not in known:
                ctx.fail(f"no such command {args[0]!r}; {did_you_mean(args[0], known)}")
        return super().resolve_command(ctx, args)


def _blamed(invoke: Callable[[click.Context], Any], verb: str, ctx: click.Context) -> Any:
    """Do what a verb of a plugin does: what it raises by mistake is not the fault of nlpkit."""
    try:
        return invoke(ctx)
    except (NlpkitError, click.ClickException, click.exceptions.Exit, click.Abort, OSError):
        raise
    except Exception as error:
        from nlpkit.plugins.isolation import in_words

        *_, last = traceback.extract_tb(error.__traceback__)
        hint = f"in {last.filename}:{last.lineno}"
        raise MissingError(f"the command {verb} is broken: {in_words(error)}", hint=hint) from error
