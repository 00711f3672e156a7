"""The table of a model's forms: how large, how fast, how right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nlpkit.cli.output import PATH, table
from nlpkit.errors import ConfigError

if TYPE_CHECKING:
    from nlpkit.models.exporting.gate import Measured
    from nlpkit.models.text_model import TextModel

F = TypeVar("F", bound=Callable[..., Any])
rows_option = click.option(
    "--rows",
    "rows_file",
    type=PATH,
    metavar="FILE",
    help="A labelled file to compare on, or an experiment, for the test part of its dataset.",
)


def changed_option(default: float) -> Callable[[F], F]:
    """The option that says how much may change."""
    return click.option(
        "--max-changed",
        type=click.FloatRange(0, 1),
        default=default,
        show_default=True,
        metavar="SHARE",
        help="The share of texts that may get another label.",
    )


def rows_of(
    file: Path | None, model: TextModel, options: dict[str, Any]
) -> tuple[list[str] | None, list[Any] | None]:
    """The texts of a file, and what a model should say of each; None where no file is given."""
    from nlpkit.cli.evaluate import labelled_texts
    from nlpkit.cli.reading import for_files

    options = {**options, "labels": None, "slices": ()}
    if file is None:
        if option := for_files(options):
            raise ConfigError(f"{option} is for files, and no file is read", hint="give a file with --rows")
        return None, None
    texts = labelled_texts(file, model, options)
    gold = texts.gold(model.labels)
    names = (*model.labels.names,)
    if gold.ndim > 1:
        known = gold[:, : len(names)].tolist()
        return list(texts.texts), [
            tuple(name for name, has in zip(names, row, strict=True) if has) for row in known
        ]
    return list(texts.texts), [names[id] if id >= 0 else "" for id in gold.tolist()]


def measures(forms: Sequence[Measured]) -> str:
    """A line for each form."""
    head = ["", "MB", "ms a text", "texts/s", "accuracy", "labels changed", "largest difference"]
    return table([head, *map(_line, forms)], width=120)


def _line(form: Measured) -> list[str]:
    right = "" if form.accuracy is None else f"{form.accuracy:.4f}"
    speed = [f"{form.megabytes:.2f}", f"{form.latency_ms:.2f}", f"{form.texts_per_second:,.0f}"]
    return [form.name, *speed, right, f"{form.changed:,}", f"{form.difference:.1e}"]


def as_documents(forms: Sequence[Measured]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [asdict(form) for form in forms]
