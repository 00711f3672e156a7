"""nlpkit predict: the classes of texts, from the command line, a file or a stream."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer, complain, shell_word
from nlpkit.cli.reading import for_files, given, layout, note, reading_options, workers_option
from nlpkit.system.csv_row import csv_row
from nlpkit.system.terminal import one_line

if TYPE_CHECKING:
    from io import BufferedReader
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.model import Model
    from nlpkit.scoring.decisions import Decision

STREAM_TEXTS = 1 << 15  # lines of a stream that are answered together, at the most
STREAM_CHARS = 1 << 24
STDIN = Path("-")


@click.command("predict", short_help="Predict the class of texts.")
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option(
    "--input", "source", type=PATH, help="A file or folder of texts, or - for stdin, a text a line."
)
@click.option(
    "--output",
    type=PATH,
    help="Write to a new file instead: CSV with row and label, or JSON Lines with --json.",
)
@click.option(
    "--probabilities",
    is_flag=True,
    help="Add the probability of each class, in the order of their names. A line on stderr lists them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per text, with probabilities.")
@partial(reading_options, without=("label", "label_type", "classes"))
@workers_option
def predict_command(
    folder: Path,
    texts: tuple[str, ...],
    source: Path | None,
    output: Path | None,
    probabilities: bool,
    as_json: bool,
    workers: int | None,
    **options: Any,
) -> None:
    """Predict the class of each TEXT, or of each text in a file, with the model in a RUN folder.

    \b
    nlpkit predict runs/agnews_lstm "Oil prices fell on Friday"
    nlpkit predict runs/agnews_lstm --input news.csv --text title --output new.csv
    tail -f news.log | nlpkit predict runs/agnews_lstm --input -

    Prints one class name per text, in order. Lines from stdin are answered as they arrive.
    """
    from nlpkit.models.bundle import load
    from nlpkit.system.atomic import require_free

    source = _source(folder, texts, source, options)
    if output:
        require_free(output, "--output")
    model = load(folder)
    names = model.labels.names
    heads, chances = (_json if as_json else _csv if output else _plain)(names)
    with _destination(output) as write:
        answers = _Answers(write, model.decision, heads, chances if as_json or probabilities else "")
        if output and not as_json:
            answers.numbered = True
            write(csv_row(["row", "label", *(f"probability:{name}" for name in names if probabilities)]))
        elif probabilities and not as_json:
            complain("\t".join(["label", *map(one_line, names)]))
        if source is None:
            answers(model.probabilities([os.fsencode(text).decode("utf-8", "replace") for text in texts]))
        elif source == STDIN:
            _stream(model, answers, workers, options)
        else:
            _file(
                model, answers, source, workers, bar=bool(output) or not sys.stdout.isatty(), options=options
            )


def _source(
    folder: Path, texts: tuple[str, ...], source: Path | None, options: dict[str, Any]
) -> Path | None:
    """The file to read, - for stdin, or None where the texts are given."""
    from nlpkit.errors import ConfigError

    if texts and source:
        raise ConfigError("both texts and --input are given", hint="give one or the other")
    if not texts and source is None:
        if sys.stdin.isatty():
            raise ConfigError(
                "no text given", hint=f'for example: nlpkit predict {shell_word(folder)} "a text"'
            )
        source = STDIN
    if (texts or source == STDIN) and (ignored := for_files(options)):
        raise ConfigError(f"{ignored} is for files, and no file is read", hint="give a file with --input")
    return source


@contextmanager
def _destination(output: Path | None) -> Iterator[Callable[[str], None]]:
    """What writes a line, or several: to stdout, or to a file that appears when all is done."""
    if output is None:
        yield answer
        return
    from nlpkit.system.atomic import atomic_text

    with atomic_text(output) as file:
        yield lambda text: print(text, file=file)


@dataclass
class _Answers:
    """Writes a line for each text: what stands there for its class, and its probabilities in a % format."""

    write: Callable[[str], None]
    decision: Decision
    heads: Sequence[str]
    chances: str
    numbered: bool = False
    rows: int = 0

    def __call__(self, found: NDArray[np.float64]) -> None:
        lines = [self.heads[label] for label in self.decision.labels(found).tolist()]
        if self.chances:
            rows = zip(lines, found.tolist(), strict=True)
            lines = [head + self.chances % tuple(chances) for head, chances in rows]
        if self.numbered:
            lines = [f"{row},{line}" for row, line in enumerate(lines, self.rows + 1)]
        self.write("\n".join(lines))
        self.rows += len(found)


def _json(names: Sequence[str]) -> tuple[list[str], str]:
    quoted = list(map(json.dumps, names))
    chances = ", ".join(f"{name}: %.6g" for name in (name.replace("%", "%%") for name in quoted))
    return [f'{{"label": {name}, "probabilities": {{' for name in quoted], chances + "}}"


def _csv(names: Sequence[str]) -> tuple[list[str], str]:
    return [csv_row([name]) for name in names], ",%.6g" * len(names)


def _plain(names: Sequence[str]) -> tuple[list[str], str]:
    return list(map(one_line, names)), "\t%.4f" * len(names)


def _file(
    model: Model, answers: _Answers, source: Path, workers: int | None, options: dict[str, Any], *, bar: bool
) -> None:
    """Answer the texts of a file while it is read."""
    from nlpkit.cli.progress import texts_bar
    from nlpkit.data.reading.columns import Asked
    from nlpkit.data.reading.readers import Reading

    reading = Reading(source, layout(source, options, model.layout), Asked(label=False))
    texts_read = 0

    def texts() -> Iterator[str]:
        nonlocal texts_read
        for columns in reading:
            texts_read += len(columns.texts)
            yield from columns.texts

    with (
        closing(model.stream(texts(), workers=workers)) as stream,
        texts_bar(sys.stderr, "predicting") as show,
    ):
        for found in stream:
            answers(found)
            if bar:
                show(answers.rows, reading.fraction * answers.rows / texts_read)
    note(reading.all_notes())


def _stream(model: Model, answers: _Answers, workers: int | None, options: dict[str, Any]) -> None:
    """Answer the lines of stdin: many at once where they come fast, each one at once where they do not."""
    from nlpkit.data.reading.lines import read_lines

    waiting: list[str] = []

    def give_waiting() -> None:
        if waiting:
            answers(model.probabilities(waiting, workers=workers))
            waiting.clear()

    prompt = _Prompt(cast("BufferedReader", sys.stdin.buffer), give_waiting)
    chars = 0
    for line in read_lines(cast("BinaryIO", prompt), **given(options)):
        waiting.append(line)
        chars = chars + len(line) if len(waiting) > 1 else len(line)
        if len(waiting) == STREAM_TEXTS or chars > STREAM_CHARS:
            give_waiting()
    give_waiting()


@dataclass
class _Prompt:
    """A stream that has everything that came in answered before it waits for more."""

    stream: BufferedReader
    before_waiting: Callable[[], None]

    def read(self, size: int) -> bytes:
        ready = False
        with suppress(OSError, ValueError):  # nobody can tell
            ready = bool(select.select([self.stream], [], [], 0)[0])
        if not ready:
            self.before_waiting()
        return self.stream.read1(size)
