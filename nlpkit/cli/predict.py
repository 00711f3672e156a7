"""nlpkit predict: the classes of texts, from the command line, a file or a stream."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, complain, shell_word
from nlpkit.cli.reading import ReadingCommand, for_files, layout, naming_columns, note, workers_option
from nlpkit.errors import ConfigError, DataError
from nlpkit.system.terminal import counted, one_line

if TYPE_CHECKING:
    from nlpkit.cli.answering import Answers
    from nlpkit.data.reading.layout import Layout
    from nlpkit.data.reading.readers import Reading
    from nlpkit.data.reading.source.stream import Stream
    from nlpkit.models.text_model import TextModel

STREAM_TEXTS = 1 << 15  # texts of a stream that are answered together, at the most
STREAM_CHARS = 1 << 24
STDIN = Path("-")
FILE_COLUMN = "file"  # of a folder: the path of each text's file in it


@click.command(
    "predict",
    cls=ReadingCommand,
    without=("label", "label_type", "classes", "multi_label", "label_separator", "label_columns"),
    short_help="Predict the class of texts.",
)
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option(
    "--input",
    "source",
    type=PATH,
    help="A file or folder of texts, or - for stdin: one text per line, or another --format.",
)
@click.option(
    "--output",
    type=PATH,
    help="Write to a new file instead: .csv, .tsv, .jsonl, .ndjson or .parquet.",
)
@click.option(
    "--probabilities",
    is_flag=True,
    help="Add the probability of each class, in the order of their names. A line on stderr lists them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per text, with probabilities.")
@click.option("--id", metavar="COLUMN", help="The column that identifies each row, copied to the output.")
@click.option("--keep", metavar="COLUMN", multiple=True, help="Another column to copy. Can be repeated.")
@click.option(
    "--add",
    metavar="PLUGIN",
    multiple=True,
    shell_complete=completion.adding,
    help="Add the columns of an installed plugin. Can be repeated.",
)
@workers_option
def predict_command(
    folder: Path,
    texts: tuple[str, ...],
    source: Path | None,
    output: Path | None,
    probabilities: bool,
    as_json: bool,
    id: str | None,
    keep: tuple[str, ...],
    add: tuple[str, ...],
    workers: int | None,
    **options: Any,
) -> None:
    """Predict the class of each TEXT, or of each text in a file, with the model in a RUN folder.

    \b
    nlpkit predict runs/agnews_lstm "Oil prices fell on Friday"
    nlpkit predict runs/agnews_lstm --input news.csv --id id --output new.csv
    tail -f news.log | nlpkit predict runs/agnews_lstm --input -
    zcat news.csv.gz | nlpkit predict runs/agnews_lstm --input - --format csv

    Prints one class name per text, in order. Where a text has any number of labels, a line has all of their
    names, with the separator of the training file between them, and is empty if there is none. Texts from
    stdin are answered as they arrive.

    A model that was trained with decision.precision or decision.accuracy abstains from texts that it is not
    sure of: the label is "(abstained)" here, null in JSON and Parquet, and empty in CSV. With
    decision.coverage, each text also has its set of labels, a JSON list in the column labels.
    """
    from nlpkit.cli.answering import Answers
    from nlpkit.cli.answers import Content
    from nlpkit.cli.destination import Destination
    from nlpkit.models.added import AddedColumns
    from nlpkit.models.saved import load

    kept = keep if id is None else (id, *keep)
    to = Destination(output, as_json)
    source = _source(folder, texts, source, options)
    if source and source.is_dir() and not to.plain:
        kept = tuple(dict.fromkeys([*kept, FILE_COLUMN]))
    if kept and (source is None or to.plain):
        raise _no_place(id is not None, source)
    model = load(folder)
    added = AddedColumns(model, add)
    sets = model.decision.has_sets
    content = Content(model.labels.names, kept, probabilities, added.names, model.separator, sets)
    to.check(content)
    if (probabilities or add or content.sets) and to.plain:
        complain("\t".join(map(one_line, [*content.own, *content.classes * probabilities, *content.added])))
    with to.opened(content) as write:
        answers = Answers(model, write, kept=len(kept), added=added)
        if source is None:
            _arguments(model, answers, texts)
        elif source == STDIN:
            _stream(model, answers, kept, workers, options)
        else:
            _file(model, answers, source, kept, workers, options, bar=bool(output) or not sys.stdout.isatty())
    note(answers.notes())
    if output:
        complain(f"written to {output}: {counted(answers.rows, 'row')}")


def _is_file(text: str) -> bool:
    with suppress(OSError, ValueError):  # of a text that cannot be a path
        return bool(text.strip(" .")) and Path(text).exists()
    return False


def _source(
    folder: Path, texts: tuple[str, ...], source: Path | None, options: dict[str, Any]
) -> Path | None:
    """The file to read, - for stdin, or None where the texts are given."""
    if texts and source:
        raise ConfigError("both texts and --input are given", hint="give one or the other")
    if not texts and source is None:
        if sys.stdin.isatty():
            raise ConfigError(
                "no text given", hint=f'for example: nlpkit predict {shell_word(folder)} "a text"'
            )
        source = STDIN
    for text in texts:
        if _is_file(text):
            complain(f"note: {text} is taken as a text; to read it, give it to --input")
    ignored = for_files(options)
    if texts and ignored:
        raise ConfigError(f"{ignored} is for files, and no file is read", hint="give a file with --input")
    if source == STDIN and ignored and not options["format"]:
        raise ConfigError(
            f"{ignored} is not for one text per line, which stdin has",
            hint="say what else it has, for example with --format csv",
        )
    return source


def _no_place(has_id: bool, source: Path | None) -> Exception:
    """The refusal of columns that nothing is read from, or that have no place in the output."""
    option = "--id" if has_id else "--keep"
    if source is None:
        return ConfigError(f"{option} is for files, and no file is read", hint="give a file with --input")
    return ConfigError(
        f"{option} has no place in an output of one class name per line",
        hint="write to a file with --output, or print JSON with --json",
    )


def _reading(
    source: Path | Stream, kept: tuple[str, ...], options: dict[str, Any], known: Layout | None
) -> Reading:
    """Texts and the columns that are kept, read as the options say and as the model remembers."""
    from nlpkit.data.reading.columns import Asked
    from nlpkit.data.reading.readers import Reading

    if isinstance(source, Path):
        found = layout(source, options, known)
    else:
        found = layout(STDIN, {**options, "format": options["format"] or "txt"}, known)
    _check_kept(kept, found)
    return Reading(source, found, Asked(label=False, others=kept))


def _check_kept(kept: tuple[str, ...], layout: Layout) -> None:
    """Refuse columns to keep of a format without; a folder has the names of its files."""
    from nlpkit.data.reading.formats import LAYOUTS
    from nlpkit.data.reading.layout import Folder

    unknown = [name for name in kept if name != FILE_COLUMN]
    if isinstance(layout, Folder) and unknown:
        message = f"a folder has no column {unknown[0]!r} to keep, but {FILE_COLUMN!r} alone"
        raise ConfigError(message, hint="leave it out: the name of each file is in the output anyway")
    if kept and not isinstance(layout, Folder) and not hasattr(layout, "text"):
        *names, last = [name for name, each in LAYOUTS.items() if hasattr(each, "text")]
        hint = f"--id and --keep are for {', '.join(names)} and {last}"
        raise ConfigError(f"{layout.format} has no columns to keep", hint=hint)


def _arguments(model: TextModel, answers: Answers, texts: tuple[str, ...]) -> None:
    from nlpkit.data.reading.columns import Columns

    given = Columns([os.fsencode(text).decode("utf-8", "replace") for text in texts])
    answers(model.probabilities(answers.reading(given)))


def _file(
    model: TextModel,
    answers: Answers,
    source: Path,
    kept: tuple[str, ...],
    workers: int | None,
    options: dict[str, Any],
    *,
    bar: bool,
) -> None:
    """Answer the texts of a file while it is read."""
    from nlpkit.cli.progress import texts_bar

    reading = _reading(source, kept, options, model.layout)

    def texts() -> Generator[str]:
        for columns in reading:
            yield from answers.reading(columns)

    with (
        naming_columns(options, reading.layout, model.layout),
        closing(texts()) as given,  # here, or it is left to the end of the process
        closing(model.stream(given, workers=workers)) as stream,
        texts_bar(sys.stderr, "predicting") as show,
    ):
        for found in stream:
            answers(found)
            if bar:
                show(answers.rows, reading.fraction * answers.rows / answers.rows_read)
    note(reading.all_notes())


def _stream(
    model: TextModel, answers: Answers, kept: tuple[str, ...], workers: int | None, options: dict[str, Any]
) -> None:
    """Answer the texts of stdin: many at once where they come fast, each one at once where they do not."""
    from nlpkit.data.reading.source.stream import Stream

    waiting: list[str] = []
    chars = 0

    def give_waiting() -> None:
        nonlocal chars
        if waiting:
            answers(model.probabilities(waiting, workers=workers))
            waiting.clear()
            chars = 0

    reading = _reading(Stream(sys.stdin.buffer, give_waiting), kept, options, model.layout)
    try:
        with naming_columns(options, reading.layout, model.layout):
            for columns in reading:
                waiting += answers.reading(columns)
                chars += sum(map(len, columns.texts))
                if len(waiting) >= STREAM_TEXTS or chars > STREAM_CHARS:
                    give_waiting()
    except DataError:  # what is above it is answered
        give_waiting()
        raise
    give_waiting()
    note(reading.notes.all())
