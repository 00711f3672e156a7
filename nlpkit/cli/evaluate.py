"""nlpkit evaluate: score a trained model on a labelled file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli import completion
from nlpkit.cli.gates import check_gates, gate_option
from nlpkit.cli.output import PATH, answer_as, complain, json_option
from nlpkit.cli.reading import (
    ReadingCommand,
    experiment_from,
    labels_option,
    layout,
    naming_columns,
    note,
    overriding_slices,
    require_file,
    slice_option,
    workers_option,
)
from nlpkit.errors import ConfigError
from nlpkit.runs.metrics import metric_named

if TYPE_CHECKING:
    from nlpkit.data.texts import Texts
    from nlpkit.models.text_model import TextModel
    from nlpkit.scoring.metric import Metric


def _file(file: Path, model: TextModel, options: dict[str, Any]) -> Texts:
    """The texts of a file, which is read as the training file of the model was."""
    from nlpkit.data.classes import check_known
    from nlpkit.data.reading.columns import Asked
    from nlpkit.data.reading.readers import read_file

    laid_out = layout(file, options, model.layout, labelled=options["labels"] is None)
    with naming_columns(options, laid_out, model.layout):
        read = read_file(file, laid_out, Asked(labels=options["labels"], slices=options["slices"]))
    note(read.notes)
    check_known(read, file, model.labels.names)
    return read.texts


def _test_part(file: Path, model: TextModel, options: dict[str, Any]) -> Texts:
    """The test texts of the dataset of an experiment."""
    from nlpkit.experiment.here import told_by
    from nlpkit.runs.evaluate import part_for_test

    data = experiment_from(file, overriding_slices(options["slices"]), options).data
    for problem in told_by(data):
        raise problem
    texts, notes = part_for_test(data, model, str(file))
    note(notes)
    return texts


def labelled_texts(file: Path, model: TextModel, options: dict[str, Any]) -> Texts:
    """The texts of a file, or of the test part of an experiment, which are labelled as the model labels."""
    from nlpkit.runs.evaluate import require_same_task

    require_file(file)
    texts = (_test_part if file.suffix == ".toml" else _file)(file, model, options)
    require_same_task(model, texts, str(file))
    return texts


@click.command("evaluate", cls=ReadingCommand, short_help="Score a trained model on a labelled file.")
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.argument("file", type=PATH)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    shell_complete=completion.metrics,
    help="A metric of scikit-learn or a plugin. Can be repeated. [default: accuracy, f1_macro, log_loss; "
    "f1_micro in the place of accuracy if a text has any number of labels]",
)
@gate_option
@labels_option
@slice_option
@workers_option
@json_option
def evaluate_command(
    folder: Path,
    file: Path,
    metrics: tuple[str, ...],
    labels: Path | None,
    slices: tuple[str, ...],
    gates: tuple[str, ...],
    workers: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Score the model in a RUN folder on the labelled texts in FILE.

    \b
    nlpkit evaluate runs/agnews_lstm new.csv
    nlpkit evaluate runs/agnews_lstm new.csv --label topic --min accuracy=0.9
    nlpkit evaluate runs/agnews_lstm other.toml

    Reads FILE as the model's training file was read, unless you say otherwise. If FILE is an experiment, a
    TOML file, reads the test part of its dataset, whatever its type. Prints the scores with their intervals,
    the scores per class and the confusion matrix; with --slice, those of each value of a column too.
    """
    bars = check_gates(gates)
    asked = bars.among(map(_asked, metrics))

    from nlpkit.components.label_tasks import MULTI_LABEL_METRICS, ONE_LABEL_METRICS
    from nlpkit.models.saved import load
    from nlpkit.report import text as report
    from nlpkit.runs.evaluate import evaluated
    from nlpkit.system.terminal import listed

    model = load(folder)
    texts = labelled_texts(file, model, {**options, "labels": labels, "slices": slices})
    if not metrics:
        asked = bars.among(MULTI_LABEL_METRICS if texts.separator else ONE_LABEL_METRICS)
    found = evaluated(model, texts, asked, workers)
    note(found.notes)
    if unseen := sorted(set(texts.names) - set(model.labels.names)):
        complain(
            f"  labels not seen in training: {listed(unseen)}; the model knows: {listed(model.labels.names)}"
        )
    said = [each.text for each in found.notes]
    document = {"run": str(folder), "file": str(file), **found.table, "notes": said}
    answer_as(as_json, document, report.text(found.table))
    bars.hold(found.scores)


def _asked(name: str) -> str | Metric:
    try:
        return metric_named(name)
    except ConfigError as error:
        raise ConfigError(f"--metric {error.message}", hint=error.hint) from None
