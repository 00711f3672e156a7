"""What predictions look like: one line for each text, which is plain, JSON or a row of a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from nlpkit.system.csv_row import csv_row, csv_rows
from nlpkit.system.terminal import one_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.added import Cell

BLANK = "blank"
ABSTAINED = "(abstained)"  # in the terminal


@dataclass(frozen=True)
class Answered:
    """The answers to some texts, which are the `rows` of the input.

    `labels` are ids of classes, None where the model abstains, and `sets` the ids in the set of each text,
    where it gives sets. `probabilities` is float64 (texts, classes), `kept` has a list for each column that
    is passed through, `added` one for each that a plugin adds, and `blank` are the places of blank texts.
    """

    rows: Sequence[int]
    labels: Sequence[int | None] | Sequence[tuple[int, ...]]
    probabilities: NDArray[np.float64]
    kept: Sequence[Sequence[object]]
    blank: Sequence[int]
    added: Sequence[Sequence[Cell]] = ()
    sets: Sequence[Sequence[int]] = ()

    def labelled(self, names: Mapping[Any, str], none: str) -> list[str]:
        """What stands for the label of each text."""
        return [none if label is None else names[label] for label in self.labels]


@dataclass(frozen=True)
class Content:
    """What answers consist of: the names of the classes, of the columns that are passed through, and of those
    that plugins add. A `separator` is set where a text has any number of labels, and stands between them.
    With `sets`, each text has a set of labels beside its label, and with `top` its so many likeliest classes.
    """

    classes: tuple[str, ...]
    kept: tuple[str, ...] = ()
    probabilities: bool = False
    added: tuple[str, ...] = ()
    separator: str = ""
    sets: bool = False
    top: int = 0

    @property
    def own(self) -> list[str]:
        """The columns of labels."""
        return ["labels"] if self.separator else ["label", *(["labels"] if self.sets else [])]

    @property
    def likeliest(self) -> list[str]:
        """The columns of the likeliest classes: `top:1` and `top:1:probability` for the first."""
        ranks = range(1, min(self.top, len(self.classes)) + 1)
        return [name for rank in ranks for name in (f"top:{rank}", f"top:{rank}:probability")]

    def heads(self, of: Callable[[str | list[str]], str]) -> Mapping[Any, str]:
        """What each answer is written as, by its id or its ids; `of` writes a name, or a list of several."""
        if self.separator:
            return _OfSets(lambda ids: of([self.classes[each] for each in ids]))
        return dict(enumerate(map(of, self.classes)))

    def cell(self, label: str | list[str]) -> str:
        """A name as a cell; several with the separator between them."""
        return label if isinstance(label, str) else self.separator.join(label)

    def set_of(self, ids: Sequence[int]) -> str:
        """A set of labels as a JSON list."""
        return json.dumps([self.classes[id] for id in ids])

    @property
    def columns(self) -> list[str]:
        """The columns of a table of them."""
        chances = [f"probability:{name}" for name in self.classes if self.probabilities]
        return ["row", *self.kept, *self.own, *self.likeliest, *chances, *self.added, "note"]


class _OfSets(dict[Any, str]):
    """What sets of ids are written as, each once."""

    def __init__(self, of: Callable[[Any], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, ids: Any) -> str:
        return self.setdefault(ids, self._of(ids))


Lines = Callable[[Answered], list[str]]


def plain_lines(content: Content) -> Lines:
    """The name of the class or those of the labels, and after tabs the set of labels, the likeliest classes,
    the probabilities and what plugins add.
    """
    heads = content.heads(lambda label: one_line(content.cell(label)))
    top = _top(content, list(map(one_line, content.classes)), "\t%s\t%.4f")
    chances = _chances("\t%.4f" * len(content.classes) if content.probabilities else "")

    def lines(some: Answered) -> list[str]:
        found = some.labelled(heads, ABSTAINED)
        if content.sets:
            sets = (one_line(content.set_of(ids)) for ids in some.sets)
            found = [f"{line}\t{each}" for line, each in zip(found, sets, strict=True)]
        found = chances(top(found, some), some)
        for values in some.added:
            found = [f"{line}\t{one_line(cell(value))}" for line, value in zip(found, values, strict=True)]
        return found

    return lines


def json_lines(content: Content) -> Lines:
    """One JSON object with the likeliest classes, if these are asked for, else with all probabilities; its
    note is there for blank texts alone.
    """
    quoted = list(map(json.dumps, content.classes))
    heads = content.heads(lambda label: f'"{content.own[0]}": {json.dumps(label)}, ')
    each_chance = ", ".join(name.replace("%", "%%") + ": %.6g" for name in quoted)
    both = ", " if content.probabilities or not content.top else ""
    top = _top(content, quoted, '{"label": %s, "probability": %.6g}', ", ", f'"top": [%s]{both}')
    chances = _chances(f'"probabilities": {{{each_chance}}}' if both else "")
    keys = [f"{json.dumps(name)}: " for name in content.kept]

    def lines(some: Answered) -> list[str]:
        found = some.labelled(heads, '"label": null, ')
        if content.sets:
            sets = map(content.set_of, some.sets)
            found = [f'{line}"labels": {each}, ' for line, each in zip(found, sets, strict=True)]
        found = chances(top(found, some), some)
        for key, values in zip(reversed(keys), reversed(some.kept), strict=True):
            found = [f"{key}{json.dumps(value)}, {rest}" for value, rest in zip(values, found, strict=True)]
        for name, added in zip(content.added, some.added, strict=True):
            key = json.dumps(name)
            found = [f"{line}, {key}: {json.dumps(value)}" for line, value in zip(found, added, strict=True)]
        for place in some.blank:
            found[place] += f', "note": "{BLANK}"'
        return [f'{{"row": {row}, {rest}}}' for row, rest in zip(some.rows, found, strict=True)]

    return lines


def table_lines(content: Content, delimiter: str) -> Lines:
    """A row of a table, quoted as Python's csv module quotes it."""
    row = partial(csv_row, delimiter=delimiter)
    heads = content.heads(lambda label: row([content.cell(label)]))
    top = _top(content, [row([name]) for name in content.classes], f"{delimiter}%s{delimiter}%.6g")
    chances = _chances(f"{delimiter}%.6g" * len(content.classes) if content.probabilities else "")

    def lines(some: Answered) -> list[str]:
        found = some.labelled(heads, "")
        if content.sets:
            sets = (row([content.set_of(ids)]) for ids in some.sets)
            found = [f"{line}{delimiter}{each}" for line, each in zip(found, sets, strict=True)]
        found = chances(top(found, some), some)
        if some.kept:
            kept = csv_rows(zip(*(map(cell, values) for values in some.kept), strict=True), delimiter)
            found = [f"{cells}{delimiter}{rest}" for cells, rest in zip(kept, found, strict=True)]
        if some.added:
            added = csv_rows(zip(*(map(cell, values) for values in some.added), strict=True), delimiter)
            found = [f"{line}{delimiter}{cells}" for line, cells in zip(found, added, strict=True)]
        numbered = zip(some.rows, found, strict=True)
        found = [f"{number}{delimiter}{rest}{delimiter}" for number, rest in numbered]
        for place in some.blank:
            found[place] += BLANK
        return found

    return lines


def table_head(content: Content, delimiter: str) -> str:
    """The names of the columns of a table."""
    return csv_row(content.columns, delimiter)


def cell(value: object) -> str:
    """A value that is passed through, as a table has it: what is no string as JSON, and nothing for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def likeliest(some: Answered, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The ids of the likeliest classes of each text, and their probabilities, both (texts, count), the
    likeliest first, and of equals the first.
    """
    import numpy as np

    ids = (-some.probabilities).argsort(axis=1, kind="stable")[:, :count]
    return ids, np.take_along_axis(some.probabilities, ids, axis=1)


def _top(
    content: Content, names: Sequence[str], one: str, between: str = "", around: str = "%s"
) -> Callable[[list[str], Answered], list[str]]:
    """What adds the likeliest classes to the end of each line, each by a % format of name and probability."""

    def added(lines: list[str], some: Answered) -> list[str]:
        ids, chances = likeliest(some, content.top)
        pairs = (
            zip(map(names.__getitem__, row), values, strict=True)
            for row, values in zip(ids.tolist(), chances.tolist(), strict=True)
        )
        tops = (between.join([one % pair for pair in row]) for row in pairs)
        return [line + around % each for line, each in zip(lines, tops, strict=True)]

    return added if content.top else lambda lines, some: lines


def _chances(pattern: str) -> Callable[[list[str], Answered], list[str]]:
    """What adds the probabilities to the end of each line, in a % format of all of them."""

    def added(lines: list[str], some: Answered) -> list[str]:
        rows = zip(lines, some.probabilities.tolist(), strict=True)
        return [line + pattern % tuple(chances) for line, chances in rows]

    return added if pattern else lambda lines, some: lines
