"""nlpkit check: say everything that is wrong with an experiment file, without running it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer, answer_json, json_option, set_option, table
from nlpkit.cli.reading import ReadingCommand, experiment_from, labels_option

if TYPE_CHECKING:
    from nlpkit.experiment.value import Experiment


@click.command("check", cls=ReadingCommand, short_help="Check an experiment without running it.")
@click.argument("file", type=PATH, shell_complete=completion.sources)
@set_option
@click.option("--settings", is_flag=True, help="Print every setting as well, defaults included, as TOML.")
@labels_option
@json_option
def check_command(
    file: Path, overrides: tuple[str, ...], settings: bool, as_json: bool, **options: Any
) -> None:
    """Check the experiment in FILE, or the one that `nlpkit run` makes for a file of texts.

    \b
    nlpkit check agnews_lstm.toml
    nlpkit check agnews_lstm.toml --set encoder.hidden_size=64 --settings

    Prints what would run, or everything that is wrong with it: settings that do not exist or do not fit, and
    files and devices that are not here. It does not read a row of the data: what is wrong inside a file,
    `nlpkit run` says. --settings makes a TOML file of the output, and --json has every setting.
    """
    from nlpkit.errors import NlpkitError
    from nlpkit.experiment.file import dump_experiment
    from nlpkit.experiment.here import in_lines, problems_here, require_here
    from nlpkit.plugins.loading import load_plugins
    from nlpkit.settings.tables import to_table

    problems: list[str] = []
    try:
        experiment = experiment_from(file, overrides, options)
        problems = in_lines(problems_here(experiment))
        require_here(experiment)
    except NlpkitError as error:
        if as_json:
            answer_json({"ok": False, "problems": problems or list(getattr(error, "problems", [str(error)]))})
        raise
    if as_json:
        answer_json({"ok": True, "experiment": to_table(experiment, load_plugins())})
    else:
        head = f"{file}: these settings can run; no row of the data has been read"
        answer(f"# {head}\n{dump_experiment(experiment)}" if settings else f"{head}\n{_parts(experiment)}")


def _parts(experiment: Experiment) -> str:
    """The components that make it up, a line each, with the files that they name."""
    from nlpkit.components.kinds import Component
    from nlpkit.plugins.loading import load_plugins
    from nlpkit.settings.walk import walk

    catalogue, rows = load_plugins(), []
    for place, value in walk(experiment, into=lambda value: not isinstance(value, Component)):
        if isinstance(value, Component):
            files = [str(path) for _, path in walk(value) if isinstance(path, Path)]
            rows.append([f"  {place}", ", ".join([catalogue.name_of(type(value)), *files])])
    if not experiment.classifiers:
        rows.append(["  members", f'chosen when the texts are read (effort = "{experiment.effort}")'])
    return table(rows)
