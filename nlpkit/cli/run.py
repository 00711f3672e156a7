"""nlpkit run: train and score what an experiment file describes, or each one of a folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli import completion
from nlpkit.cli.checkpoints import checkpoint_option, every_of
from nlpkit.cli.gates import Gates, check_gates, gate_option
from nlpkit.cli.output import PATH, answer_as, complain, json_option, set_option, shell_word
from nlpkit.cli.reading import (
    ReadingCommand,
    experiment_from,
    labels_option,
    name_for,
    overriding_slices,
    slice_option,
)
from nlpkit.cli.several import compared, comparison, experiments_in
from nlpkit.cli.together import nodes_option, trains_together
from nlpkit.errors import ConfigError
from nlpkit.system.atomic import require_free, taken
from nlpkit.system.launched import launched
from nlpkit.system.resumable import partial_of

if TYPE_CHECKING:
    from nlpkit.experiment.value import Experiment
    from nlpkit.runs.checkpoints.store import CheckpointEvery
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
@slice_option
@checkpoint_option
@click.option(
    "--resume", "resumes", is_flag=True, help="Go on with this run if it was stopped; else begin it."
)
@nodes_option
@json_option
@trains_together
def run_command(
    file: Path,
    folder: Path | None,
    checkpoint_every: str,
    resumes: bool,
    slices: tuple[str, ...],
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
    nlpkit run lesson

    The columns of a file of texts are found where there is one way to; `nlpkit init FILE` writes what is used
    to a TOML file that you can change. Options about files go before the settings under [data].

    Prints the scores, and writes a run folder: the settings, the scores, the test predictions, a report.html
    to open in a browser, and the model for `nlpkit predict`. The folder appears once everything is in it.

    A folder of TOML files is run file by file, and a table compares the runs. Each has a run folder inside
    the one that is written.

    A run that is interrupted or killed can go on from its newest checkpoint: with `nlpkit resume`, or with
    the same line and --resume, and ends as if nothing had happened.

    Several machines train together where torchrun starts this on each of them, as in `torchrun --nnodes 2 -m
    nlpkit run FILE --folder DIR`. What it starts again goes on from the newest checkpoint.
    """
    resumes = resumes or launched() is not None
    files = [] if options["format"] else experiments_in(file)
    every = every_of(checkpoint_every)
    overrides = (*overriding_slices(slices), *overrides)
    planned = [_planned(each, overrides, gates, every, options) for each in files or [file]]
    if folder is not None:
        require_free(folder, "--folder")
    if files and resumes and not launched():
        raise ConfigError("--resume is for one experiment", hint="nlpkit runs lists those that can go on")
    if files:
        _run_all(file, planned, folder, as_json)
    else:
        _run_one(planned[0], folder or (_stopped_folder(file) if resumes else None), resumes, as_json)


@dataclass(frozen=True)
class _Planned:
    """An experiment that is to run, the file it is from, and the bars that its scores have to reach."""

    file: Path
    experiment: Experiment
    bars: Gates
    every: CheckpointEvery

    def run(self, folder: Path, *, resumes: bool = False) -> Result:
        from nlpkit.cli.guard import stdout_for_results
        from nlpkit.runs.checkpoints.begun import was_asked
        from nlpkit.runs.resume import run_or_resume
        from nlpkit.runs.run import run

        goes_on = resumes and was_asked(partial_of(folder))
        complain(f"{self.file} -> {folder}{', going on' if goes_on else ''}")
        with stdout_for_results(), self._told_with_bars():  # trackers may print
            return (run_or_resume if goes_on else run)(
                self.experiment, folder, progress=True, checkpoint_every=self.every
            )

    @contextmanager
    def _told_with_bars(self) -> Iterator[None]:
        """The command that goes on, in an error that has it, with the bars that are to be held then."""
        try:
            yield
        except BaseException as error:
            notes: list[str] = getattr(error, "__notes__", [])
            if notes and (found := [f" --min {name}={bar:g}" for name, bar in self.bars.lowest.items()]):
                notes[0] += "".join(found)
            raise

    def run_numbered(self) -> Result:
        """Run into a folder named after the file that is free."""
        while True:
            folder = _free_folder(self.file)
            try:
                return self.run(folder)
            except ConfigError:
                if _is_free(folder):  # or another has started at the same time
                    raise


def _planned(
    file: Path,
    overrides: tuple[str, ...],
    gates: tuple[str, ...],
    every: CheckpointEvery,
    options: Mapping[str, Any],
) -> _Planned:
    experiment = experiment_from(file, overrides, options)
    bars = check_gates(gates, experiment.metrics)
    return _Planned(file, replace(experiment, metrics=bars.among(experiment.metrics)), bars, every)


def _run_one(planned: _Planned, folder: Path | None, resumes: bool, as_json: bool) -> None:
    result = planned.run(folder, resumes=resumes) if folder else planned.run_numbered()
    tell_of_run(result, as_json=as_json)
    planned.bars.hold(result.scores)


def tell_of_run(result: Result, *, as_json: bool) -> None:
    """Print the scores of a run, and where it is."""
    from nlpkit.report import text as report

    told = {**result.manifest, "warnings": []}  # as they came
    answer_as(as_json, _document(result), report.text(result.scored, told))
    _tell_of(result.folder, "report.html", result)


def _run_all(source: Path, planned: Sequence[_Planned], folder: Path | None, as_json: bool) -> None:
    """Run the experiments of a folder, each into a folder inside `folder`, once all of them can run here."""
    from nlpkit.experiment.here import require_here

    for each in planned:
        require_here(each.experiment)
    folder = folder or _free_folder(source)
    rows, documents, scores = [], [], []
    for each in planned:
        name = name_for(each.file)
        result = each.run(folder / name)  # which holds the texts: not kept for longer
        rows.append(compared(name, result))
        documents.append(_document(result))
        scores.append(result.scores)
    answer_as(as_json, documents, comparison(rows))
    _tell_of(folder, "the report.html of each run", result)
    for each, found in zip(planned, scores, strict=True):
        each.bars.hold(found)


def _tell_of(folder: Path | None, report: str, last: Result) -> None:
    run = shell_word(last.folder or Path())
    complain(f'written to {folder}: open {report}, or try\n  nlpkit predict {run} "a text"')


def _free_folder(file: Path) -> Path:
    """The first folder named after the file that is free."""
    return next(filter(_is_free, _folders_of(file)))


def _stopped_folder(file: Path) -> Path | None:
    """The last one before it, if that is of a run that was stopped."""
    *_, last = [None, *itertools.takewhile(lambda path: not _is_free(path), _folders_of(file))]
    return last if last and partial_of(last).is_dir() else None


def _folders_of(file: Path) -> Iterator[Path]:
    """runs/<name of the file>, and runs/<name>-2, -3, ..."""
    first = Path("runs") / name_for(file)
    yield first
    yield from (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))


def _is_free(folder: Path) -> bool:
    return not (taken(folder) or partial_of(folder).exists())


def _document(result: Result) -> dict[str, Any]:
    """A run for programs."""
    from nlpkit.runs.folder import epoch_line

    epochs = [epoch_line(epoch) for epoch in result.epochs]
    return {"folder": str(result.folder), **result.scored, "epochs": epochs, "manifest": result.manifest}
