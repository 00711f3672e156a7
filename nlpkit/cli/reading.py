"""The options of verbs that read a file of texts: one for each setting of a layout."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

import click

from nlpkit.cli.output import PATH, complain
from nlpkit.errors import ConfigError, DataError

if TYPE_CHECKING:
    from nlpkit.data.reading.guess import Guess
    from nlpkit.data.reading.layout import Column, Layout
    from nlpkit.experiment.value import Experiment
    from nlpkit.notes import Note

_OF_FILES = ("format", "labels", "slices")  # options that are no settings of a layout
_METAVARS = {
    "text": "COLUMN",
    "label": "COLUMN",
    "classes": "CLASS",
    "records": "KEY",
    "delimiter": "CHAR",
    "quotechar": "CHAR",
    "escapechar": "CHAR",
}


# options about labels, which a verb that reads texts alone does without
UNLABELLED = ("label", "label_type", "classes", "multi_label", "label_separator", "label_columns")


class ReadingCommand(click.Command):
    """A verb that reads a file of texts: it has --format, and an option for each setting of a layout.

    They are made when they are asked for, which the list of all verbs does not.
    """

    def __init__(self, *given: Any, without: tuple[str, ...] = (), **settings: Any) -> None:
        super().__init__(*given, **settings)
        self._without = without

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own options, those of files, and --help."""
        *own, help_option = super().get_params(ctx)
        return [*own, *_reading_options(self._without), help_option]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A setting that is taken for an option is refused with how it is given."""
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from nlpkit.cli.mistaken import as_setting, meant

            if way := meant(error.option_name, self):
                raise ConfigError(f"there is no option {error.option_name}", hint=way) from None
            settable = any(each.name == "overrides" for each in self.params)
            if settable and (way := as_setting(error.option_name, words)):
                hint = f"it is a setting: {way}"
                raise ConfigError(f"there is no option {error.option_name}", hint=hint) from None
            raise


@cache
def _reading_options(without: tuple[str, ...]) -> list[click.Option]:
    from nlpkit.data.reading.formats import LAYOUTS, settings_of_format

    found: dict[str, type[Layout]] = {}
    for layout in LAYOUTS.values():
        for name in settings_of_format(layout):
            found.setdefault(name, layout)
    columns_first = {name: found[name] for name in ("text", "label")}
    formats = click.Option(
        ["--format"],
        type=click.Choice(list(LAYOUTS)),
        metavar="FORMAT",
        help=f"The format of the file: {', '.join(LAYOUTS)}. [default: from its extension]",
    )
    settings = {name: layout for name, layout in {**columns_first, **found}.items() if name not in without}
    return [formats, *(_option(name, layout) for name, layout in settings.items())]


def _option(name: str, layout: type[Layout]) -> click.Option:
    """An option that is None, or an empty tuple, unless it is given."""
    from nlpkit.settings.help import field_docs
    from nlpkit.settings.hints import options, settings_types

    [hint, *_] = [each for each in options(settings_types(layout)[name]) if each is not type(None)]
    flag, doc = f"--{name.replace('_', '-')}", field_docs(layout)[name]
    help_text = f"{doc[0].upper()}{doc[1:]}."
    if hint is bool:
        return click.Option([f"{flag}/--no-{flag[2:]}"], default=None, help=help_text)
    several = get_origin(hint) is tuple
    choices = [each for each in get_args(hint) if isinstance(each, str)]
    return click.Option(
        [flag],
        multiple=several,
        type=click.Choice(choices) if choices else int if hint is int else str,
        metavar=_METAVARS.get(name),
        help=help_text + " Can be repeated." * several,
    )


labels_option = click.option(
    "--labels", type=PATH, metavar="FILE", help="The file that has the labels of a txt file, line by line."
)
slice_option = click.option(
    "--slice",
    "slices",
    multiple=True,
    metavar="COLUMN",
    help="A column whose values have scores of their own. Can be repeated.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that share a large file. [default: one per core]",
)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are given, as settings of a layout."""
    found = {
        name: value for name, value in options.items() if value not in (None, ()) and name not in _OF_FILES
    }
    if found.get("delimiter") == "\\t":  # as one types a tab
        found["delimiter"] = "\t"
    return found


def for_files(options: Mapping[str, Any]) -> str:
    """The first option that is given and says how a file is laid out, or an empty string."""
    names = [*(name for name in _OF_FILES if options.get(name)), *given(options)]
    laid_out = [name for name in names if name not in ("encoding", "errors", "max_chars")]
    return f"--{laid_out[0].replace('_', '-')}" if laid_out else ""


def layout(path: Path, options: Mapping[str, Any], known: Layout | None, *, labelled: bool = False) -> Layout:
    """How a file is laid out, as the options say, its name and what is `known` of files like it."""
    from nlpkit.data.reading.formats import layout_of
    from nlpkit.data.reading.layout import Table

    found = layout_of(path, given(options), format=options["format"], known=known, labelled=labelled)
    if not isinstance(found, Table) or isinstance(known, Table) or not path.is_file():
        return found
    from nlpkit.data.reading.guess import dialect_of
    from nlpkit.data.reading.tables.dialect import written

    if settings := dialect_of(path, found, given(options)):
        complain(f"{path}: read with {written(settings)}")
    return replace(found, **settings)


@contextmanager
def naming_columns(options: Mapping[str, Any], layout: Layout, known: Layout | None) -> Iterator[None]:
    """A column that is not in the file is refused with where its name comes from, and how to give another."""
    from nlpkit.data.reading.columns import ColumnError

    try:
        yield
    except ColumnError as error:
        for name in ("text", "label"):
            found = getattr(layout, name)
            columns = found if isinstance(found, tuple) else (found,)
            if error.column in columns and name not in given(options):
                hint = f"{_origin(name, columns, found == getattr(known, name, None))}; {error.hint}"
                raise DataError(error.message, hint=hint, location=error.location) from None
        raise


def _origin(name: str, columns: Sequence[Column], remembered: bool) -> str:
    """Where the names of columns come from, and how to give others."""
    if not remembered:
        return f"name the column with --{name}"
    from nlpkit.system.terminal import listed

    names = f"the {'column' if len(columns) == 1 else 'columns'} {listed(list(map(str, columns)))}"
    return f"the model was trained on {names}: name what this file has instead with --{name}"


def experiment_from(file: Path, overrides: Sequence[str], options: Mapping[str, Any]) -> Experiment:
    """The experiment of a TOML file, or the default one for a file of texts, with the given options."""
    from nlpkit.experiment.default import experiment_for
    from nlpkit.experiment.file import load_experiment, overridden
    from nlpkit.experiment.sources import holds_texts
    from nlpkit.settings.toml import in_toml

    require_file(file)
    if holds_texts(file, options["format"]):
        experiment, guess = experiment_for(file, given(options), options["format"], options["labels"])
        if guess.said:
            complain(f"{file}: read {guess.said}{_beside_text(guess)}")
        return overridden(experiment, overrides)
    if unfit := next((name for name in ("format", "labels") if options[name]), ""):
        raise ConfigError(f"--{unfit} is for a file of texts, and this is an experiment", location=str(file))
    changed = [f"data.{name}={in_toml(value)}" for name, value in given(options).items()]
    return load_experiment(file, [*changed, *overrides])


def overriding_slices(columns: Sequence[str]) -> list[str]:
    """The override of an experiment that the columns given by --slice are, if any are."""
    from nlpkit.settings.toml import in_toml

    return [f"data.slices={in_toml(tuple(columns))}"] if columns else []


def require_file(file: Path) -> None:
    """Refuse what means standard input elsewhere, where a file is read more than once."""
    if file == Path("-") and not file.exists():
        hint = "write it to a file, and name that"
        raise ConfigError("standard input is not read here", hint=hint, location=str(file))


def _beside_text(guess: Guess) -> str:
    """Which columns could be the text as well, and how to take them all."""
    if not guess.texts:
        return ""
    from nlpkit.cli.hints import option_for
    from nlpkit.data.reading.notes import printable
    from nlpkit.system.terminal import listed

    left = [printable(str(name)) for name in guess.texts if name not in vars(guess.layout)["text"]]
    every = "both" if len(guess.texts) == 2 else "all"
    return f" (not {listed(left)}; {option_for('text', guess.texts)} takes {every})"


def name_for(file: Path) -> str:
    """What is made of a file, or a folder, is named after it; of the settings of a run, after that run."""
    from nlpkit.data.reading.source.compressed import without_packing

    if file.name == "experiment.toml" and (file.parent / "manifest.json").is_file():
        file = file.parent
    named = file.resolve().name if file.is_dir() else without_packing(Path(file.name)).stem
    return named or "experiment"


def typed_texts(texts: Iterable[str]) -> list[str]:
    """Texts from a command line, in which bytes that are no text are U+FFFD."""
    return [os.fsencode(text).decode("utf-8", "replace") for text in texts]


def note(notes: Iterable[Note]) -> None:
    """What is worth knowing about a file goes to stderr."""
    from nlpkit.runs.progress import note_text

    for each in notes:
        complain(note_text(each))
