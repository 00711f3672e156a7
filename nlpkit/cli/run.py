"""nlpkit run: train and score what an experiment file describes."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import click

from nlpkit.cli.gates import check_gates, gate_option
from nlpkit.cli.output import answer, answer_json, complain, json_option, set_option, shell_word


@click.command("run", short_help="Train and score the experiment in a TOML file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where the run is written. [default: runs/<name of FILE>, numbered when taken]",
)
@set_option
@gate_option
@json_option
def run_command(
    file: Path, folder: Path | None, overrides: tuple[str, ...], gates: tuple[str, ...], as_json: bool
) -> None:
    """Train and score the experiment in FILE, a TOML file.

    The run folder has the settings, the scores, the test predictions, a report.html to look at, and the
    model, which `nlpkit predict` reads. It appears when all is done, and never half-written.

    \b
    nlpkit run agnews_lstm.toml
    nlpkit run agnews_lstm.toml --set encoder.hidden_size=64 --set seed=7
    """
    from nlpkit.atomic import require_free
    from nlpkit.experiment import load

    bars = check_gates(gates)
    experiment = bars.scored(load(file, overrides))
    folder = folder or _free_folder(Path("runs") / file.stem)
    require_free(folder, "--folder")
    complain(f"{file} -> {folder}")

    from nlpkit import report
    from nlpkit.cli.progress import observer_of
    from nlpkit.runfolder import epoch_line
    from nlpkit.running import run

    with observer_of(sys.stderr) as observer:
        result = run(experiment, folder, observer)
    if as_json:
        epochs = [epoch_line(epoch) for epoch in result.epochs]
        answer_json({"folder": str(folder), **result.scored, "epochs": epochs, "manifest": result.manifest})
    else:
        answer(report.text(result.scored, result.manifest))
    complain(f'written to {folder}: open report.html, or try\n  nlpkit predict {shell_word(folder)} "a text"')
    bars.hold(result.scores)


def _free_folder(folder: Path) -> Path:
    """The folder, or the first of folder-2, folder-3, ... that is free."""
    from nlpkit.atomic import taken

    numbered = (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain([folder], numbered) if not taken(path))
