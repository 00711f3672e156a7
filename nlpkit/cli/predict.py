"""nlpkit predict: the classes of texts, from the command line, a file or a stream."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from nlpkit.cli.output import answer, shell_word
from nlpkit.cli.reading import for_files, read, reading_options
from nlpkit.report import one_line

if TYPE_CHECKING:
    from nlpkit.model import Model

CHUNK = 4096  # texts of a file that are predicted together
STREAM_CHUNK = 512  # lines of a stream that are, at the most
STDIN = Path("-")

Line = Callable[[int, str, dict[str, float]], str]  # of a row, its label and all probabilities


@click.command("predict", short_help="Predict the classes of texts with a trained model.")
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option(
    "--input",
    "source",
    type=click.Path(path_type=Path),
    help="A file of texts; - reads stdin, a text a line.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="A new file to write: CSV with row and label, or JSON lines.",
)
@click.option("--probabilities", is_flag=True, help="Add the probability of each class.")
@click.option("--json", "as_json", is_flag=True, help="Give one JSON object a line, probabilities included.")
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
    nlpkit predict runs/agnews_lstm --input news.csv --text title --output new.csv
    tail -f news.log | nlpkit predict runs/agnews_lstm --input -

    Lines of a stream are answered as they come.
    """
    from nlpkit.atomic import require_free
    from nlpkit.bundle import load

    source = _source(folder, texts, source, options)
    if output:
        require_free(output, "--output")
    model = load(folder)
    with _destination(output) as write:
        names = model.labels.names if probabilities else ()
        line = _json_line if as_json else _csv_line if output else _terminal_line
        if output and not as_json:
            write(_csv_row(["row", "label", *(f"probability:{name}" for name in names)]))
        give = _Answers(model, write, lambda row, label, chances: line(row, label, chances, names))
        if source is None:
            give([os.fsencode(text).decode("utf-8", "replace") for text in texts])
        elif source == STDIN:
            _stream(give, options)
        else:
            found = read(source, None, **options).texts
            for start in range(0, len(found), CHUNK):
                give(found[start : start + CHUNK])


def _source(
    folder: Path, texts: tuple[str, ...], source: Path | None, options: dict[str, Any]
) -> Path | None:
    """The file to read, - for stdin, or None where the texts are given."""
    from nlpkit.errors import ConfigError

    if texts and source:
        raise ConfigError("texts and --input are given", hint="give one of them")
    if not texts and source is None:
        if sys.stdin.isatty():
            raise ConfigError(
                "no text is given", hint=f'for example: nlpkit predict {shell_word(folder)} "a text"'
            )
        source = STDIN
    if (texts or source == STDIN) and (ignored := for_files(options)):
        raise ConfigError(f"{ignored} is for files, and none is read", hint="give one with --input")
    return source


@contextmanager
def _destination(output: Path | None) -> Iterator[Callable[[str], None]]:
    """What writes a line, or several: to stdout, or to a file that appears when all is done."""
    if output is None:
        yield answer
        return
    from nlpkit.atomic import atomic_text

    with atomic_text(output) as file:
        yield lambda text: print(text, file=file)


@dataclass
class _Answers:
    """Predicts texts and writes a line for each."""

    model: Model
    write: Callable[[str], None]
    line: Line
    rows: int = 0

    def __call__(self, texts: Sequence[str]) -> None:
        from nlpkit.model import decide

        names = self.model.labels.names
        found = self.model.probabilities(texts)
        lines = []
        for label, chances in zip(decide(found).tolist(), found.tolist(), strict=True):
            self.rows += 1
            lines.append(self.line(self.rows, names[label], dict(zip(names, chances, strict=True))))
        self.write("\n".join(lines))


def _json_line(row: int, label: str, chances: dict[str, float], names: Sequence[str]) -> str:
    rounded = {name: float(f"{chance:.6g}") for name, chance in chances.items()}
    return json.dumps({"label": label, "probabilities": rounded})


def _csv_line(row: int, label: str, chances: dict[str, float], names: Sequence[str]) -> str:
    return _csv_row([row, label, *(f"{chances[name]:.6g}" for name in names)])


def _terminal_line(row: int, label: str, chances: dict[str, float], names: Sequence[str]) -> str:
    return "\t".join([one_line(label), *(f"{chances[name]:.4f}" for name in names)])


def _csv_row(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _stream(give: Callable[[Sequence[str]], None], options: dict[str, Any]) -> None:
    """Answer the lines of stdin: many at once where they come fast, each one at once where they do not."""
    from nlpkit.data.lines import read_lines

    waiting: list[str] = []

    def give_waiting() -> None:
        if waiting:
            give(waiting)
            waiting.clear()

    source = cast(BinaryIO, _Prompt(sys.stdin.buffer, give_waiting))
    for line in read_lines(source, options["encoding"], options["errors"]):
        waiting.append(line)
        if len(waiting) == STREAM_CHUNK:
            give_waiting()
    give_waiting()


class _Prompt:
    """A stream that has all that came in so far answered before it waits for more."""

    def __init__(self, stream: BinaryIO, before_reading: Callable[[], None]) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self._before_reading = before_reading

    def read(self, size: int) -> bytes:
        self._before_reading()
        return bytes(self._read(size))
