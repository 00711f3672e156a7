"""nlpkit plugin check: try every promise of every component that a plugin registers."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli.output import answer_as, json_option, table
from nlpkit.components.kinds import KINDS
from nlpkit.errors import GateError, NlpkitError
from nlpkit.plugins.isolation import in_words
from nlpkit.runs.progress import on_terminal
from nlpkit.system.terminal import counted, one_line

if TYPE_CHECKING:
    from nlpkit.plugins.catalogue import Plugin, Plugins
    from nlpkit.plugins.registry import Entry
    from nlpkit.testing import Outcome

Teller = Callable[[str], None]


@click.command("check", short_help="Check every component of an installed plugin.")
@click.argument("distribution")
@json_option
def check_command(distribution: str, as_json: bool) -> None:
    """Check that every component of an installed plugin does what nlpkit relies on.

    \b
    nlpkit plugin check nlpkit-max
    nlpkit plugin check nlpkit

    DISTRIBUTION is the name of the package or of its entry point. Prints each promise as kept, broken or
    skipped, and exits with code 6 if one is broken or nothing could be tried. A component is checked with its
    default settings, or with the instances that a classmethod `examples()` returns.
    """
    from nlpkit.plugins.loading import installed_plugins

    plugins = installed_plugins()
    chosen = _chosen(distribution, plugins)
    entries = [
        entry
        for kind in KINDS
        for entry in plugins.registry.entries(kind)
        if entry.distribution == chosen.distribution
    ]
    with told_on_terminal() as tell:
        rows = [row for entry in entries for row in _checked(entry, tell)]
        rows += [*_checked_hook(chosen, tell), *_checked_commands(chosen)]
    answer_as(as_json, _as_json(chosen, rows), _as_table(chosen, rows))
    broken = sum(row.outcome.state == "broken" for row in rows)
    if broken:
        promises = counted(broken, "promise is", "promises are")
        raise GateError(f"{promises} broken by {chosen.distribution}")
    if all(row.outcome.state == "skipped" for row in rows):
        raise GateError(
            f"nothing of {chosen.distribution} was tried",
            hint="register a component that its defaults build, or define a classmethod `examples()` on it",
        )


@dataclass(frozen=True)
class Row:
    """A promise of a component, which is an example with settings, or of a hook."""

    kind: str
    name: str
    settings: str
    outcome: Outcome

    @property
    def component(self) -> str:
        return f"{self.kind} {self.name}"


def _chosen(wanted: str, plugins: Plugins) -> Plugin:
    """The plugin of this name, which may be what ships in the box."""
    from nlpkit.plugins.catalogue import Plugin
    from nlpkit.plugins.commands import verbs
    from nlpkit.version import DISTRIBUTION, __version__

    adding = [Plugin.of(each) for several in verbs().values() for each in several]
    return plugins.plugin(wanted, Plugin("nlpkit", DISTRIBUTION, __version__), *adding)


def _checked(entry: Entry, tell: Teller) -> Iterator[Row]:
    """The rows of one component, of each of its examples."""
    from nlpkit.testing import Outcome, examples_of
    from nlpkit.testing.promises import label

    kind = entry.settings.kind
    try:
        examples = examples_of(entry.settings)
    except Exception as error:
        reason = (
            f"there is nothing to check ({in_words(error)}): define a classmethod `examples()` on "
            f"{entry.settings.__name__} that returns instances"
        )
        yield Row(kind, entry.name, "", Outcome("it can be built", "skipped", reason))
        return
    for example in examples:
        yield from _tried(kind, entry.name, label(example), example, tell)


def _checked_hook(plugin: Plugin, tell: Teller) -> Iterator[Row]:
    """The rows of the columns that a plugin adds to predictions, if it does."""
    from nlpkit.plugins.asked import PREDICTED, imported_plugin

    if PREDICTED in plugin.hooks:
        yield from _tried("hook", PREDICTED, "", imported_plugin(plugin), tell)


def _checked_commands(plugin: Plugin) -> Iterator[Row]:
    """The rows of the verbs that a plugin adds to the command line."""
    from nlpkit.plugins.commands import command, verbs
    from nlpkit.testing import Outcome

    promise = "its help is shown"
    for verb, adding in verbs().items():
        if any(each.distribution == plugin.distribution for each in adding):
            try:
                shown = command(verb)
                shown.get_help(click.Context(shown, info_name=verb))
                outcome = Outcome(promise, "kept", "")
            except Exception as error:
                told = error.message if isinstance(error, NlpkitError) else in_words(error)
                outcome = Outcome(promise, "broken", told)
            yield Row("command", verb, "", outcome)


def _tried(kind: str, name: str, settings: str, example: object, tell: Teller) -> Iterator[Row]:
    from nlpkit.testing import Outcome, checks_of

    checks = checks_of(example)
    for place, check in enumerate(checks, 1):
        tell(f"{kind} {name}: {place} of {len(checks)}, {check.promise}")
        yield Row(kind, name, settings, Outcome.of(check, example))


@contextmanager
def told_on_terminal() -> Iterator[Teller]:
    """What says, on one line of a terminal and nowhere else, what is being tried."""
    erase = "\r\x1b[K"
    shown = on_terminal(sys.stderr)

    def tell(sentence: str) -> None:
        if shown:
            print(erase + one_line(sentence)[:78], end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        print(erase * shown, end="", file=sys.stderr, flush=True)


def _as_table(plugin: Plugin, rows: list[Row]) -> str:
    shown = [[row.component, row.outcome.state, _in_words(row)] for row in rows]
    counts = Counter(row.outcome.state for row in rows)
    total = ", ".join(f"{counts[state]} {state}" for state in ("kept", "broken", "skipped") if counts[state])
    lines = [table(shown), ""] if shown else []
    return "\n".join(
        [*lines, f"{plugin.distribution} {plugin.version}: {total or 'it registers no component'}"]
    )


def _in_words(row: Row) -> str:
    """A broken promise's sentence has the promise and the settings in it."""
    outcome = row.outcome
    if outcome.state == "broken":
        return outcome.reason
    settings = f" [{row.settings}]" if "(" in row.settings else ""
    return outcome.promise + settings + (f": {outcome.reason}" if outcome.reason else "")


def _as_json(plugin: Plugin, rows: list[Row]) -> dict[str, Any]:
    return {
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "ok": not any(row.outcome.state == "broken" for row in rows),
        "promises": [
            {"kind": row.kind, "name": row.name, "settings": row.settings, **asdict(row.outcome)}
            for row in rows
        ],
    }
