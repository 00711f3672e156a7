"""nlpkit predict: the classes of texts, from the command line, a file or a stream."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, InputPath, complain, shell_word
from nlpkit.cli.predicting import STDIN
from nlpkit.cli.reading import UNLABELLED, ReadingCommand, for_files, note, workers_option
from nlpkit.errors import ConfigError
from nlpkit.system.terminal import counted, one_line

if TYPE_CHECKING:
    from nlpkit.cli.destination import Destination
    from nlpkit.cli.predicting import Predicting
    from nlpkit.models.added import AddedColumns
    from nlpkit.predicting.answers import Content


@click.command(
    "predict",
    cls=ReadingCommand,
    without=UNLABELLED,
    short_help="Predict the class of texts.",
)
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option(
    "--input",
    "source",
    type=InputPath(path_type=Path),
    help="A file or folder of texts, or - for stdin: one text per line, or another --format. With --engine "
    "also a pattern in quotes, such as 'news/*.csv'.",
)
@click.option(
    "--output",
    type=PATH,
    help="Write to a new file instead: .csv, .tsv, .jsonl, .ndjson, .parquet or .arrow. With --engine, a new "
    "folder of parts.",
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
@click.option(
    "--top-k",
    type=click.IntRange(min=1),
    metavar="K",
    help="Add the K likeliest classes with their probabilities, the likeliest first.",
)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    default="stop",
    help="What to do at a record that cannot be read: stop, or skip it, and write it and the reason to "
    "OUTPUT.errors.jsonl. [default: stop]",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with an --output that was interrupted; the same options as before have to be given.",
)
@workers_option
@click.option(
    "--engine",
    metavar="NAME",
    shell_complete=completion.engines,
    help="Cut the input into shards, and have them answered by the workers of local, ray, dask or spark.",
)
@click.option(
    "--set",
    "engine_settings",
    multiple=True,
    metavar="engine.SETTING=VALUE",
    help="A setting of the engine. Can be repeated; nlpkit components engine NAME lists them.",
)
@click.option(
    "--output-format",
    type=click.Choice(["jsonl", "ndjson", "csv", "tsv", "parquet", "arrow"]),
    help="The format of the parts of --engine. [default: jsonl]",
)
@click.option(
    "--shard-bytes",
    type=click.IntRange(min=1),
    metavar="N",
    help="About how large a shard of --engine is. [default: 16777216]",
)
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
    top_k: int | None,
    on_error: str,
    resume: bool,
    workers: int | None,
    engine: str | None,
    engine_settings: tuple[str, ...],
    output_format: str | None,
    shard_bytes: int | None,
    **options: Any,
) -> None:
    """Predict the class of each TEXT, or of each text in a file, with the model in a RUN folder.

    \b
    nlpkit predict runs/agnews_lstm "Oil prices fell on Friday"
    nlpkit predict runs/agnews_lstm --input news.csv --id id --output new.csv
    nlpkit predict runs/agnews_lstm --input news.csv --output new.csv --resume
    nlpkit predict runs/agnews_lstm --input 'in/*.csv' --output new --engine local
    tail -f news.log | nlpkit predict runs/agnews_lstm --input -
    zcat news.csv.gz | nlpkit predict runs/agnews_lstm --input - --format csv

    Prints one class name per text, in order. Where a text has any number of labels, a line has all of their
    names, with the separator of the training file between them, and is empty if there is none. Texts from
    stdin are answered as they arrive.

    A model that was trained with decision.precision or decision.accuracy abstains from texts that it is not
    sure of: the label is "(abstained)" here, null in JSON and Parquet, and empty in CSV. With
    decision.coverage, each text also has its set of labels, a JSON list in the column labels.

    A file is predicted in bounded memory. Its --output grows in OUTPUT.partial and gets its name when all of
    it is there. After a kill, a Ctrl-C or a full disk, the same command with --resume goes on from there: the
    file ends up the same, byte for byte.

    With --engine, shards of the input are answered by processes of this machine, or of a cluster. The output
    is a folder of parts, which gets its name when all are there; --resume goes on with those that are.
    """
    from nlpkit.cli.destination import Destination
    from nlpkit.cli.predicting import Predicting
    from nlpkit.cli.resuming import check_resume
    from nlpkit.cli.sharded import check_engine, engine_from, predict_in_shards
    from nlpkit.models.added import AddedColumns
    from nlpkit.models.saved import load
    from nlpkit.predicting.answers import Content
    from nlpkit.predicting.kept import FILE_COLUMN
    from nlpkit.predicting.left_out import LeftOut

    for_engines = {"set": engine_settings, "output_format": output_format, "shard_bytes": shard_bytes}
    check_engine(engine, texts, source, output, as_json, for_engines)
    if engine and source and output:
        asked: dict[str, Any] = {"id": id, "keep": keep, "add": add, "probabilities": probabilities}
        asked |= {"top_k": top_k, "on_error": on_error, "resume": resume}
        asked |= {"format": output_format} if output_format else {}
        asked |= {"shard_bytes": shard_bytes} if shard_bytes else {}
        by = engine_from(engine, engine_settings, workers)
        predict_in_shards(folder, source, output, by, options, asked)
        return
    kept = keep if id is None else (id, *keep)
    to = Destination(output, as_json)
    source = _source(folder, texts, source, options)
    check_resume(resume, output, source)
    if source and source.is_dir() and not to.plain:
        kept = tuple(dict.fromkeys([*kept, FILE_COLUMN]))
    if kept and (source is None or to.plain):
        raise _no_place(id is not None, source)
    model = load(folder)
    added = AddedColumns(model, add)
    top = min(top_k or 0, len(model.labels))
    content = Content(
        model.labels.names, kept, probabilities, added.names, model.separator, model.decision.has_sets, top
    )
    to.check(content)
    if (probabilities or add or content.sets or top) and to.plain:
        columns = [*content.own, *content.likeliest, *content.classes * probabilities, *content.added]
        complain("\t".join(map(one_line, columns)))
    left_out = LeftOut() if on_error == "skip" else None
    predicting = Predicting(model, kept, workers, options, left_out)
    rows = _predicted(predicting, to, content, added, texts, source, resume=resume)
    if output:
        complain(f"written to {output}: {counted(rows, 'row')}")


def _predicted(
    predicting: Predicting,
    to: Destination,
    content: Content,
    added: AddedColumns,
    texts: tuple[str, ...],
    source: Path | None,
    *,
    resume: bool,
) -> int:
    """How many texts are answered, after they were."""
    from nlpkit.cli.resuming import about, before, rows_kept, saying_how_to_go_on
    from nlpkit.predicting.answering import Answers
    from nlpkit.predicting.growing import State, growing

    reading = predicting.reading(source) if source and source != STDIN else None
    left_out = predicting.left_out
    errors = to.errors if left_out else None
    with ExitStack() as stack:
        grows, state, write = None, State({}), to.printed(content)
        if to.output:
            of = about(predicting, to, content, reading)
            state = before(to.output, of, left_out is not None, resume=resume)
            output = to.output
            stack.enter_context(saying_how_to_go_on(lambda: rows_kept(output)))
            grows = stack.enter_context(growing(to.output, to.form(content), state, errors))
            write = grows.write
            if left_out:
                left_out.write_to(grows.errors, state.left_out)
        lines = left_out.lines if left_out else ()
        answers = Answers(predicting.model, write, state, kept=len(content.kept), added=added, left_out=lines)
        if reading:
            bar = bool(to.output) or not sys.stdout.isatty()
            predicting.file(reading, answers, grows, bar=bar)
        else:
            predicting.stream(answers) if source else predicting.arguments(answers, texts)
            if grows:
                grows.end(answers, None, 0)
    note([*answers.notes(), *(left_out.notes(errors) if left_out else [])])
    return answers.done


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
