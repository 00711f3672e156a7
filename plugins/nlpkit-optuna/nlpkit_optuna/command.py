"""nlpkit sweep: search for settings."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from nlpkit import hookimpl

_PATH = click.Path(path_type=Path)


@click.command(short_help="Search for the settings of an experiment.")
@click.argument("file", type=_PATH)
@click.option(
    "--space", type=_PATH, help="A TOML file with a range or choices for each setting that is searched."
)
@click.option("--trials", type=int, default=40, show_default=True, help="Trials in all, of every process.")
@click.option("--folder", type=_PATH, help="The folder to write. [default: sweeps/<name of FILE>]")
@click.option(
    "--storage",
    help="The database that processes share: sqlite:///FILE.db, postgresql://HOST/NAME. "
    "[default: trials.db in the folder]",
)
@click.option("--name", help="The name of the study in the storage. [default: the name of FILE]")
@click.option("--metric", help="The validation score to search for. [default: trainer.monitor]")
@click.option(
    "--against",
    type=click.Choice(["none", "size", "latency"]),
    default="none",
    help="What to hold against the score, as a second objective: the bytes of the model, or the "
    "milliseconds to predict a text.",
)
@click.option(
    "--max-size", metavar="SIZE", help="Only models of so many bytes as they are written, such as 1MB."
)
@click.option(
    "--pruning",
    type=click.Choice(["median", "hyperband", "none"]),
    default="median",
    show_default=True,
    help="Which trials end early, by the scores of their epochs; none with --against or --max-size.",
)
@click.option(
    "--seeds", type=int, default=1, show_default=True, help="Trainings of a trial, whose scores are averaged."
)
@click.option("--seed", type=int, default=13, show_default=True, help="What all randomness comes from.")
@click.option("--time-limit", type=float, metavar="SECONDS", help="Stop this process after so long.")
@click.option(
    "--grace",
    type=int,
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="A process that gives no sign of life for so long is dead: its trial is run again.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting of the experiment, such as trainer.epochs=5. Can be repeated.",
)
@click.option("--print-space", is_flag=True, help="Print the space, and search nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def sweep(
    file: Path,
    space: Path | None,
    folder: Path | None,
    overrides: tuple[str, ...],
    print_space: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Search for the settings of the experiment in FILE, a TOML file, or of one for the texts in FILE.

    \b
    nlpkit sweep trec6.toml
    nlpkit sweep trec6.toml --space space.toml --trials 100 --time-limit 3600
    nlpkit sweep trec6.toml --max-size 1MB
    nlpkit sweep trec6.toml --against latency
    nlpkit sweep tickets.csv

    Any number of processes may run the same command at once, also on several machines with one --storage:
    they share the trials. One that is interrupted or killed loses none; the same command goes on.

    Trials are told apart by the validation texts alone. best.toml in the folder trains the best of them:
    nlpkit run sweeps/trec6/best.toml. It scores the test texts, which the search does not see.
    """
    import tomli_w

    from nlpkit import GateError
    from nlpkit.experiment import experiment_from, overridden
    from nlpkit_optuna.report import document, nothing_found, text
    from nlpkit_optuna.search import Search
    from nlpkit_optuna.sweeping import name_of, prepare
    from nlpkit_optuna.sweeping import sweep as search_for

    search = Search(**options)
    experiment, said = experiment_from(file)
    if said:
        tell(said)
    experiment = overridden(experiment, overrides)
    if print_space:
        click.echo(tomli_w.dumps(prepare(experiment, space, search, tell).space.table), nl=False)
        return
    name = name_of(file)
    folder = folder or Path("sweeps") / name
    search = replace(search, name=search.name or name)  # and not after an experiment in memory
    try:
        found = search_for(experiment, space, folder, search, tell=tell)
    except KeyboardInterrupt as error:
        error.add_note(shlex.join(["nlpkit", *sys.argv[1:]]))  # the command that goes on
        raise
    if found.best is None:
        said, hint = nothing_found(found)
        raise GateError(said, hint=hint)
    click.echo(json.dumps(document(found), indent=2) if as_json else text(found), nl=as_json)
    best = shlex.quote(str(folder / "best.toml"))
    tell(f"written to {folder}: open sweep.html, or try\n  nlpkit run {best}")


def tell(sentence: str) -> None:
    """What is worth knowing goes to stderr."""
    printable = "".join(each if each.isprintable() or each == "\n" else "?" for each in sentence)
    click.echo(printable, err=True)


@hookimpl
def nlpkit_commands(group: click.Group) -> None:
    group.add_command(sweep)
