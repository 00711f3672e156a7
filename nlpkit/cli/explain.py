"""nlpkit explain: the words that speak for a prediction, and those that speak against it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer, answer_json, complain, json_option, shell_word
from nlpkit.cli.reading import (
    UNLABELLED,
    ReadingCommand,
    for_files,
    layout,
    naming_columns,
    note,
    typed_texts,
)
from nlpkit.errors import ConfigError
from nlpkit.models.explanation import METHODS, Method
from nlpkit.system.terminal import counted, one_line, plain

if TYPE_CHECKING:
    from nlpkit.data.reading.layout import Layout
    from nlpkit.models.explanation import Explanation

STRONGEST = 8  # words whose numbers are beside a coloured text
STYLES = {
    "for-1": "dark_orange",
    "for-2": "bold dark_orange",
    "for-3": "bold underline dark_orange",
    "against-1": "dodger_blue1",
    "against-2": "bold dodger_blue1",
    "against-3": "bold underline dodger_blue1",
}


@click.command(
    "explain",
    cls=ReadingCommand,
    without=UNLABELLED,
    short_help="Show the words that speak for a prediction.",
)
@click.argument("folder", metavar="RUN", type=PATH, shell_complete=completion.runs)
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option("--input", "source", type=PATH, help="A file of some texts: one per line, or another --format.")
@click.option("--label", metavar="NAME", help="Explain another class than the one that is predicted.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    help="[default: gradients, where all parts of the model have them]",
)
@click.option("--html", type=PATH, help="Write a page to this new file instead.")
@json_option
def explain_command(
    folder: Path,
    texts: tuple[str, ...],
    source: Path | None,
    label: str | None,
    method: Method | None,
    html: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Show how much each word of each TEXT speaks for the class that the model in a RUN folder predicts.

    \b
    nlpkit explain runs/tickets "The invoice is wrong"
    nlpkit explain runs/tickets "The invoice is wrong" --label delivery
    nlpkit explain runs/tickets --input some.txt --html why.html

    Weights are in nats of the log-odds of the class: above 0 a word speaks for it, below 0 against it. By
    gradients they add up to what the text is more than no words at all. By leave-one-out each is what the
    text loses without that word, which any model can be asked.

    On a terminal the words are coloured: orange for the class, blue against it, the stronger ones bold and
    underlined. Elsewhere, and with NO_COLOR set, each word has a line with its weight.
    """
    from nlpkit.models.saved import load
    from nlpkit.system.atomic import require_free

    if bool(texts) == (source is not None):
        wrong = "both texts and --input are" if texts else "no text is"
        raise ConfigError(f"{wrong} given", hint=f'for example: nlpkit explain {shell_word(folder)} "a text"')
    if texts and (ignored := for_files(options)):
        raise ConfigError(f"{ignored} is for files, and no file is read", hint="give a file with --input")
    if html is not None:
        require_free(html, "--html")
    model = load(folder)
    given = typed_texts(texts)
    found = model.explain(_texts(source, options, model.layout) if source else given, label, method)
    if html is not None:
        _write(html, found, str(folder))
    if as_json:
        answer_json([_document(each) for each in found])
    elif html is None:
        _print(found)
    if rough := sum(each.incomplete for each in found):
        complain(f"note: the weights of {counted(rough, 'text')} miss the difference that they explain")


def _texts(source: Path, options: dict[str, Any], known: Layout | None) -> list[str]:
    from nlpkit.data.reading.columns import Asked
    from nlpkit.data.reading.readers import Reading

    reading = Reading(source, layout(source, options, known), Asked(label=False))
    with naming_columns(options, reading.layout, known):
        found = [text for columns in reading for text in columns.texts]
    note(reading.all_notes())
    return found


def _write(path: Path, found: Sequence[Explanation], name: str) -> None:
    from nlpkit.report.explained import explained_html
    from nlpkit.system.atomic import atomic_text

    with atomic_text(path) as file:
        file.write(explained_html(found, name))
    complain(f"written to {path}: {counted(len(found), 'text')}")


def _document(found: Explanation) -> dict[str, Any]:
    tokens = [
        {"token": token, "weight": weight, "start": span and span[0], "end": span and span[1]}
        for token, weight, span in zip(found.tokens, found.weights.tolist(), found.spans, strict=True)
    ]
    return {
        "text": found.text,
        "label": found.label,
        "probability": found.probability,
        "method": found.method,
        "gap": found.gap,
        "tokens": tokens,
    }


def _print(found: Sequence[Explanation]) -> None:
    from nlpkit.runs.progress import on_terminal

    coloured = on_terminal(sys.stdout) and not os.environ.get("NO_COLOR")
    for place, each in enumerate(found):
        head = f"{one_line(each.label)} {each.probability:.4f} by {each.method}"
        answer(f"\n{head}" if place else head)
        if coloured:
            _print_coloured(each)
        else:
            for token, weight in zip(each.tokens, each.weights.tolist(), strict=True):
                answer(f"{weight:+9.4f}  {one_line(token)}")


def _print_coloured(found: Explanation) -> None:
    from rich.console import Console
    from rich.text import Text

    from nlpkit.report.explained import marked

    text = Text()
    for piece, force in marked(found):
        text.append(plain(piece), STYLES.get(force))
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    console.print(text, soft_wrap=True)
    answer("; ".join(f"{one_line(token)} {weight:+.2f}" for token, weight in found.strongest(STRONGEST)))
