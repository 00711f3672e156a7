"""Which columns are the text and the label, by their names and by what they begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nlpkit.data.reading.columns import known_columns, several_in_one_name
from nlpkit.data.reading.layout import by_place
from nlpkit.data.reading.notes import printable
from nlpkit.data.reading.tables.header import LABEL_NAMES, TEXT_NAMES
from nlpkit.errors import DataError

LABEL_CHARS = 40  # a longer cell is no label

Sample = dict[str | int, list[str]]  # the first cells of each column, by its name or by its place


def check_given(sample: Sample, given: Mapping[str, Any], path: Path) -> None:
    """Refuse columns that are named and are not there."""
    wanted = (
        *given.get("text", ()),
        *([given["label"]] if "label" in given else []),
        *given.get("label_columns", ()),
    )
    for column in wanted:
        there = list(map(str, sample))
        named = any(isinstance(name, str) for name in sample) or several_in_one_name(column, there)
        if named and not by_place(column) and column not in sample:
            message = f"there is no column '{printable(str(column))}'"
            raise DataError(message, hint=known_columns(column, there), location=str(path))


def found_columns(sample: Sample, given: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The text and the label columns that are not given: by their names, else the only ones that could be."""
    taken = {str(column) for column in (given.get("label"), *given.get("text", ()))}
    free = {name: cells for name, cells in sample.items() if str(name) not in taken}
    found: dict[str, Any] = {}
    free = {name: cells for name, cells in free.items() if name not in given.get("label_columns", ())}
    if "label" not in given and not given.get("label_columns"):
        found["label"] = _one("label", free, LABEL_NAMES, is_label, sample, path)
        free.pop(found["label"])
    if "text" not in given:
        found = {"text": (_one("text", free, TEXT_NAMES, _is_text, sample, path),), **found}
    return found


def texts_of(sample: Sample, settings: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The columns that could be the text, where there are others than that."""
    text, label = settings["text"], settings["label"]
    found = tuple(
        name for name, cells in sample.items() if name in text or (name != label and _is_text(cells))
    )
    return found if len(found) > len(text) else ()


def _one(
    what: str,
    columns: Mapping[str | int, Sequence[str]],
    usual: frozenset[str],
    fits: Callable[[Sequence[str]], bool],
    sample: Sample,
    path: Path,
) -> str | int:
    named = [name for name in columns if str(name).lower() in usual]
    fitting = [name for name, cells in columns.items() if fits(cells)]
    for candidates in ([name for name in named if name in fitting], named, fitting):
        if len(candidates) == 1:
            return candidates[0]
    listed = "\n  ".join(
        f"{printable(str(name))}: {', '.join(map(_shown, cells[:3]))}"
        for name, cells in islice(sample.items(), 8)
    )
    several = "several columns could be" if fitting else "no column looks like"
    raise DataError(
        f"{several} the {what}",
        hint=f'name it: {what} = "COLUMN"; the columns, and what they begin with:\n  {listed}',
        location=str(path),
    )


def _shown(cell: str) -> str:
    """A cell in quotes, with a backslash as it is."""
    return f"'{printable(cell)}'"


def is_label(cells: Sequence[str]) -> bool:
    """Whether a column has few values, which come again, and short ones."""
    values = set(cells) - {""}
    return 2 <= len(values) <= max(2, len(cells) // 3) and all(len(value) <= LABEL_CHARS for value in values)


def _has_words(cell: str) -> bool:
    """Whether there are several words, which a date and a time are not."""
    return sum(any(map(str.isalpha, word)) for word in cell.split()) > 1


def _is_text(cells: Sequence[str]) -> bool:
    """Whether most cells of a column differ and have several words, or letters of other scripts."""
    wordy = sum(_has_words(cell) or (len(cell) > 5 and not cell.isascii()) for cell in cells)
    return 2 * wordy > len(cells) and 2 * len(set(cells)) > len(cells)
