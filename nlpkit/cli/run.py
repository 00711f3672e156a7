"""nlpkit run: train and score what an experiment file describes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli import completion
from nlpkit.cli.gates import check_gates, gate_option
from nlpkit.cli.output import PATH, answer_as, complain, json_option, set_option, shell_word
from nlpkit.cli.reading import ReadingCommand, experiment_from, labels_option, name_for
from nlpkit.errors import ConfigError

if TYPE_CHECKING:
    from nlpkit.experiment.value import Experiment
    from nlpkit.runs.result import Result


@click.command("run", cls=ReadingCommand, short_help="Train and score a file of texts or an experiment.")
@click.argument("file", type=PATH, shell_complete=completion.sources)
@click.option(
    "--folder",
    type=PATH,
    help="The run folder to write. [default: runs/<name of FILE>, with a number if it exists]",
)
@set_option
@gate_option
@labels_option
@json_option
def run_command(
    file: Path,
    folder: Path | None,
    overrides: tuple[str, ...],
    gates: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Train and score a classifier for the texts in FILE, or the experiment in FILE, a TOML file.

    \b
    nlpkit run tickets.csv
    nlpkit run tickets.csv --text body --label team --delimiter ";"
    nlpkit run agnews_lstm.toml
    nlpkit run agnews_lstm.toml --set encoder.hidden_size=64 --set seed=7
    nlpkit run agnews_lstm.toml --folder runs/nightly --min accuracy=0.9

    The columns of a file of texts are found where there is one way to; `nlpkit init FILE` writes what is used
    to a TOML file that you can change. Options about files go before the settings under [data].

    Prints the scores, and writes a run folder: the settings, the scores, the test predictions, a report.html
    to open in a browser, and the model for `nlpkit predict`. The folder appears once everything is in it.
    """
    from nlpkit.system.atomic import require_free

    experiment = experiment_from(file, overrides, options)
    bars = check_gates(gates, experiment.metrics)
    experiment = replace(experiment, metrics=bars.among(experiment.metrics))
    if folder is None:
        result = _run_numbered(file, experiment)
    else:
        require_free(folder, "--folder")
        result = _run(file, experiment, folder)
    written = result.folder or Path()

    from nlpkit.report import text as report
    from nlpkit.runs.folder import epoch_line

    epochs = [epoch_line(epoch) for epoch in result.epochs]
    document = {"folder": str(written), **result.scored, "epochs": epochs, "manifest": result.manifest}
    told = {**result.manifest, "warnings": []}  # as they came
    answer_as(as_json, document, report.text(result.scored, told))
    complain(
        f'written to {written}: open report.html, or try\n  nlpkit predict {shell_word(written)} "a text"'
    )
    bars.hold(result.scores)


def _run(file: Path, experiment: Experiment, folder: Path) -> Result:
    from nlpkit.cli.guard import stdout_for_results
    from nlpkit.runs.run import run

    complain(f"{file} -> {folder}")
    with stdout_for_results():  # trackers may print
        return run(experiment, folder, progress=True)


def _run_numbered(file: Path, experiment: Experiment) -> Result:
    """Run into runs/<name of the file>, or the first of runs/<name>-2, -3, ... that is free."""
    from nlpkit.system.atomic import taken

    first = Path("runs") / name_for(file)
    while True:
        numbered = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
        folder = next(path for path in itertools.chain([first], numbered) if not taken(path))
        try:
            return _run(file, experiment, folder)
        except ConfigError:
            if not taken(folder):  # by another that started at the same time
                raise
