"""nlpkit export: a model for places without nlpkit and torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nlpkit.cli import completion
from nlpkit.cli.measures import as_documents, changed_option, measures, rows_of, rows_option
from nlpkit.cli.output import PATH, answer_as, json_option
from nlpkit.cli.reading import ReadingCommand
from nlpkit.system.terminal import counted


@click.command("export", cls=ReadingCommand, short_help="Write a model as ONNX, with a loader.")
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.option("--to", "form", type=click.Choice(["onnx"]), required=True, help="The format to write.")
@click.option("--output", type=PATH, metavar="FOLDER", help="The new folder. [default: RUN-onnx]")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "int8"]),
    default="fp32",
    show_default=True,
    help="The numbers that weights are stored in.",
)
@rows_option
@changed_option(0.01)
@json_option
def export_command(
    folder: Path,
    form: str,
    output: Path | None,
    precision: Any,
    rows_file: Path | None,
    max_changed: float,
    as_json: bool,
    **options: Any,
) -> None:
    """Write the model in a RUN folder as ONNX graphs, with a loader that needs numpy and onnxruntime alone.

    \b
    nlpkit export runs/tickets --to onnx
    nlpkit export runs/tickets --to onnx --precision int8 --rows test.csv

    The exported model is compared with the model on the texts of --rows, or on generated texts. If a
    probability differs by more than 1e-5, or int8 or fp16 change too many labels, nothing is written and the
    exit code is 6.
    """
    from nlpkit.models.exporting.export import export
    from nlpkit.models.saved import load

    model = load(folder)
    texts, gold = rows_of(rows_file, model, options)
    to = output or folder.with_name(f"{folder.resolve().name}-onnx")
    found = export(model, to, precision=precision, texts=texts, labels=gold, max_changed=max_changed)
    compared = f"compared on {counted(found.rows, 'text' if found.real_rows else 'generated text')}"
    document = {
        "run": str(folder),
        "export": str(to),
        "rows": found.rows,
        "real_rows": found.real_rows,
        "forms": as_documents(found.forms),
    }
    answer_as(as_json, document, f"{measures(found.forms)}\n{compared}\nwritten to {to}")
