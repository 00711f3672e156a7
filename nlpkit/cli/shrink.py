"""nlpkit shrink: a model with fewer tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nlpkit.cli import completion
from nlpkit.cli.measures import as_documents, changed_option, measures, rows_of, rows_option
from nlpkit.cli.output import PATH, answer_as, complain, json_option
from nlpkit.cli.reading import ReadingCommand
from nlpkit.errors import ConfigError
from nlpkit.system.terminal import counted


@click.command("shrink", cls=ReadingCommand, short_help="Write a smaller model, with fewer tokens.")
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.option("--output", type=PATH, metavar="FOLDER", required=True, help="The new folder.")
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="The tokens that stay, at the most.")
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    metavar="N",
    help="The times that a token has to be in the texts of --rows to stay.",
)
@rows_option
@changed_option(0.05)
@json_option
def shrink_command(
    folder: Path,
    output: Path,
    keep: int | None,
    min_count: int | None,
    rows_file: Path | None,
    max_changed: float,
    as_json: bool,
    **options: Any,
) -> None:
    """Write the model in a RUN folder without the vectors of rare tokens, and say what that costs.

    \b
    nlpkit shrink runs/tickets --keep 20000 --output small
    nlpkit shrink runs/tickets --min-count 2 --rows train.csv --output small

    --keep N keeps the first N tokens of the vocabulary: the most frequent ones of training, unless you gave
    vocab.file. --min-count keeps the tokens that are in the file often enough; take the training file, and
    not one that the model is scored on. Other tokens are read as unknown words from then on. If more labels
    change than --max-changed, nothing is written and the exit code is 6.
    """
    from nlpkit.models.exporting.gate import generated
    from nlpkit.models.exporting.shrinking import shrink
    from nlpkit.models.saved import load

    if min_count is not None and rows_file is None:
        raise ConfigError(
            "--min-count counts tokens in a file, and none is given", hint="give it with --rows"
        )
    if keep is None and min_count is None:
        raise ConfigError("nothing says how small", hint="give --keep, or --min-count with --rows")
    model = load(folder)
    texts, gold = rows_of(rows_file, model, options)
    if texts is None:
        complain(
            "note: compared on generated texts, which have rare tokens more often than yours; see --rows"
        )
    found = shrink(
        model,
        output,
        generated(model) if texts is None else texts,
        keep=keep,
        min_count=min_count,
        labels=gold,
        max_changed=max_changed,
    )
    before, after = (counted(each, "token") for each in (found.tokens_before, found.tokens))
    document = {
        "run": str(folder),
        "model": str(output),
        "tokens_before": found.tokens_before,
        "tokens": found.tokens,
        "rows": found.rows,
        "forms": as_documents(found.forms),
    }
    answer_as(as_json, document, f"{measures(found.forms)}\n{before}, now {after}\nwritten to {output}")
