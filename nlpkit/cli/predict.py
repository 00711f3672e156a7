"""nlpkit predict: the classes of texts, from the command line, a file or a stream."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli.output import answer
from nlpkit.cli.reading import read, reading_options

if TYPE_CHECKING:
    from nlpkit.model import Model

CHUNK = 4096  # texts of a file that are predicted together
STREAM_CHUNK = 64  # lines of a stream that wait for each other


@click.command("predict")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option(
    "--input", "source", type=click.Path(path_type=Path), help="A file of texts; - reads stdin, a text a line."
)
@click.option("--output", type=click.Path(path_type=Path), help="A CSV file to write: row, label, probabilities.")
@click.option("--probabilities", is_flag=True, help="Add the probability of each class.")
@click.option("--json", "as_json", is_flag=True, help="Give one JSON object a line.")
@reading_options
def predict_command(
    folder: Path,
    texts: tuple[str, ...],
    source: Path | None,
    output: Path | None,
    probabilities: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Predict the class of each TEXT, or of each text of a file, with the model in a RUN folder.

    \b
    nlpkit predict runs/agnews_lstm "Oil prices fell on Friday"
    nlpkit predict runs/agnews_lstm --input news.csv --text title --text description --output labels.csv
    tail -f news.log | nlpkit predict runs/agnews_lstm --input -
    """
    from nlpkit.errors import ConfigError

    if texts and source:
        raise ConfigError("texts and --input are given", hint="give one of them")
    if not texts and source is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise ConfigError("no text is given", hint=f'for example: nlpkit predict {folder} "a text"')
        source = Path("-")
    if output and output.exists():
        raise ConfigError("this exists already", location=str(output), hint="give another --output")

    from nlpkit.bundle import load

    model = load(folder)
    rows = _predictions(model, _chunks(texts, source, options))
    if output:
        _write(output, model.labels.names, rows, probabilities)
        return
    for label, chances in rows:
        if as_json:
            named = dict(zip(model.labels.names, chances, strict=True))
            print(json.dumps({"label": label, "probabilities": named}), flush=source == Path("-"))
        else:
            shown = [f"{chance:.4f}" for chance in chances] if probabilities else []
            answer("\t".join([label.replace("\n", "\\n"), *shown]))


def _chunks(
    texts: tuple[str, ...], source: Path | None, options: dict[str, Any]
) -> Iterator[Sequence[str]]:
    if source is None:
        yield [os.fsencode(text).decode("utf-8", "replace") for text in texts]
    elif source == Path("-"):
        from nlpkit.data.lines import read_lines

        lines = read_lines(sys.stdin.buffer, options["encoding"], options["errors"])
        yield from _stream(lines)
    else:
        found = read(source, None, **options).texts
        for start in range(0, len(found), CHUNK):
            yield found[start : start + CHUNK]


def _stream(lines: Iterable[str]) -> Iterator[Sequence[str]]:
    from nlpkit.errors import DataError

    lines = iter(lines)
    empty = True
    while chunk := list(islice(lines, STREAM_CHUNK)):
        empty = False
        yield chunk
    if empty:
        raise DataError("nothing was read", location="stdin", hint="pipe a text a line into it")


def _predictions(model: Model, chunks: Iterable[Sequence[str]]) -> Iterator[tuple[str, list[float]]]:
    """The label and the probabilities of each text."""
    from nlpkit.model import decide

    for chunk in chunks:
        found = model.probabilities(chunk)
        for label, chances in zip(decide(found).tolist(), found.tolist(), strict=True):
            yield model.labels.names[label], chances


def _write(
    path: Path, names: Sequence[str], rows: Iterable[tuple[str, list[float]]], probabilities: bool
) -> None:
    from nlpkit.atomic import atomic_text

    with atomic_text(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "label", *(f"probability:{name}" for name in names if probabilities)])
        for number, (label, chances) in enumerate(rows, 1):
            writer.writerow([number, label, *(f"{chance:.6g}" for chance in chances if probabilities)])
