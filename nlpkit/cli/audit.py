"""nlpkit audit: what a person should know of some texts and labels before a model learns from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nlpkit.cli import completion
from nlpkit.cli.output import PATH, answer_as, complain, json_option, set_option
from nlpkit.cli.reading import ReadingCommand, experiment_from, labels_option, note
from nlpkit.errors import ConfigError, GateError, did_you_mean
from nlpkit.system.atomic import atomic_text, require_free
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.data.auditing.audit import Audit

_WORDS: Final = {
    "leakage": ("test or validation text is in train", "test or validation texts are in train"),
    "conflicts": ("text has a twin with another label", "texts have a twin with another label"),
    "give-aways": ("word tells the class alone", "words tell the class alone"),
    "class-shift": ("class is not as frequent in all parts", "classes are not as frequent in all parts"),
    "encoding": ("text is damaged", "texts are damaged"),
    "label-errors": ("label is likely wrong", "labels are likely wrong"),
}
_ROWS: Final = ("near_duplicates", "conflicts", "encoding", "label_errors")
_COLUMNS: Final = (
    *("part", "row", "label", "near_part", "near_row", "near_label"),
    *("similarity", "what", "likelier", "text"),
)


@click.command("audit", cls=ReadingCommand, short_help="Look for leaks, conflicts and wrong labels in data.")
@click.argument("file", type=PATH, shell_complete=completion.sources)
@set_option
@click.option("--output", type=PATH, help="Write each row that something is wrong with to this new CSV file.")
@click.option(
    "--fail-on",
    "kinds",
    multiple=True,
    metavar="KIND",
    help=f"Exit with code 6 if some are found: {', '.join(_WORDS)}. Can be repeated, or a list with commas.",
)
@labels_option
@json_option
def audit_command(
    file: Path,
    overrides: tuple[str, ...],
    output: Path | None,
    kinds: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Look at the texts and labels in FILE, or of the dataset of the experiment in FILE, a TOML file.

    \b
    nlpkit audit tickets.csv
    nlpkit audit tickets.csv --output wrong.csv
    nlpkit audit agnews_lstm.toml --fail-on leakage,conflicts

    Finds texts that are nearly the same, within and across train, validation and test; twins with different
    labels; words that tell a class alone, such as a number of the source; words that training lacks; classes
    that are not as frequent in all parts; damaged characters; and labels that are likely wrong, which a model
    doubts that has not seen them. A text leaks from 0.95 similarity on, and is listed from 0.7 on: the share
    of runs of three words that two texts have in common. Every `nlpkit run` does this too, but for labels.
    """
    bars = _bars(kinds)
    if output is not None:
        require_free(output, "--output")

    from nlpkit.data.auditing.audit import audit_of
    from nlpkit.data.auditing.oddities import audited
    from nlpkit.experiment.here import told_by
    from nlpkit.experiment.splits import splits_of
    from nlpkit.report import audited as report

    data = experiment_from(file, overrides, options).data
    for problem in told_by(data):
        raise problem
    splits = audited(splits_of(data))
    note(splits.all_notes)
    found = audit_of(splits, doubts=True)
    if output is not None:
        _write(found, output)
    answer_as(as_json, {"file": str(file), **found.table()}, report.text(found.table()).rstrip("\n"))
    if output is not None:
        complain(f"written to {output}")
    _hold(bars, found)


def _bars(kinds: tuple[str, ...]) -> list[str]:
    """The kinds that a command line names."""
    found = [kind.strip().replace("_", "-") for each in kinds for kind in each.split(",")]
    for kind in found:
        if kind not in _WORDS:
            raise ConfigError(f"--fail-on {kind!r} is not known", hint=did_you_mean(kind, _WORDS))
    return found


def _hold(kinds: list[str], found: Audit) -> None:
    """GateError with everything that was found and must not be."""
    facts = found.facts
    counts = {
        "leakage": facts["alike_test_rows"] + facts["alike_valid_rows"],
        "class-shift": len(found.tables.get("class_shift", ())),
    }
    missed = []
    for kind in kinds:
        count = int(counts.get(kind, facts.get(f"{kind.replace('-', '_')}_found", 0)))
        if count:
            missed.append(f"{counted(count, *_WORDS[kind])} (--fail-on {kind})")
    if missed:
        raise GateError("; ".join(missed))


def _write(found: Audit, path: Path) -> None:
    from nlpkit.system.csv_row import csv_row

    with atomic_text(path) as file:
        file.write(csv_row(["problem", *_COLUMNS]) + "\n")
        for name in _ROWS:
            for row in found.tables.get(name, ()):
                file.write(csv_row([name, *(row.get(column, "") for column in _COLUMNS)]) + "\n")
