"""Texts and labels that are in memory: lists, tuples, and columns of numpy, pandas, polars and Arrow."""

from __future__ import annotations

import hashlib
import json
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nlpkit.data.reading.labels.names import label_names
from nlpkit.data.reading.labels.sets import label_cells
from nlpkit.data.reading.layout import LabelType, Layout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.packed import PackedTexts
from nlpkit.data.reading.source.decode import without_surrogates
from nlpkit.data.texts import SourceFile, Texts
from nlpkit.errors import InputError
from nlpkit.notes import Note
from nlpkit.system.terminal import counted

NAME = "texts in memory"
_MISSING = ("NAType", "NaTType", "MaskedConstant")  # of pandas, and of masked arrays of numpy


@dataclass(frozen=True, kw_only=True)
class Rows(Layout):
    """Of columns that are in memory."""

    format = "in_memory"
    word = "row"


def texts_of(
    texts: Iterable[Any],
    labels: Iterable[Any],
    part: str,
    label_type: LabelType = "auto",
    *,
    multi_label: bool = False,
    label_separator: str | None = None,
) -> tuple[Texts, tuple[Note, ...]]:
    """Two columns, side by side; InputError names the row, from 1, that has no text or no label. With
    `multi_label` a label is a list, a tuple or a set of any number, or a string with separators.
    """
    values, named = list(items_of(texts, "texts", part)), list(items_of(labels, "labels", part))
    if len(values) != len(named):
        raise InputError(
            f"{counted(len(values), 'text')} beside {counted(len(named), 'label')}", location=part
        )
    notes = FileNotes(f"{part} in memory", "row")
    for row, value in enumerate(values, start=1):
        if not isinstance(value, str):
            raise InputError(
                f"the text is {_shown(value)}, not a string",
                hint="give each text as a string, or leave its row out",
                location=notes.at(row),
            )
    rows, separator = range(1, len(named) + 1), ""
    if multi_label:
        named = list(map(_several, named))
        names, separator = label_cells(named, rows, notes, separator=label_separator, label_type=label_type)
    else:
        names = label_names(named, rows, notes, label_type=label_type)
    packed = PackedTexts(map(without_surrogates, values))
    return Texts(packed, names, separator=separator), notes.all()


def sliced(texts: Texts, columns: Mapping[str, Iterable[Any]], part: str) -> Texts:
    """The texts with columns of strings, numbers and truth values beside them; None and NaN are blank."""
    found: dict[str, list[str]] = {}
    for name, column in columns.items():
        values = ["" if each is None or each != each else each for each in items_of(column, str(name), part)]
        if len(values) != len(texts):
            said = f"{counted(len(values), 'value')} of slices[{name!r}] beside {counted(len(texts), 'text')}"
            raise InputError(said, location=part)
        for row, value in enumerate(values, start=1):
            if not isinstance(value, str | int | float):
                raise InputError(
                    f"slices[{name!r}] has {_shown(value)}",
                    hint="give strings or numbers",
                    location=f"{part} in memory:row {row}",
                )
        found[str(name)] = [each if isinstance(each, str) else json.dumps(each) for each in values]
    return replace(texts, slices=found)


def weighed(texts: Texts, weights: Iterable[Any], part: str) -> Texts:
    """The texts with a number above 0 for each, by which it counts in training."""
    found = list(items_of(weights, "weights", part))
    if len(found) != len(texts):
        said = f"{counted(len(found), 'weight')} beside {counted(len(texts), 'text')}"
        raise InputError(said, location=part)
    for row, weight in enumerate(found, start=1):
        if not isinstance(weight, int | float) or not 0 < weight < math.inf:
            raise InputError(
                f"the weight {_shown(weight) if isinstance(weight, str) else weight} is not a number above 0",
                hint="leave out the rows that are not to count",
                location=f"{part} in memory:row {row}",
            )
    return replace(texts, weights=list(map(float, found)))


def source_of(parts: Iterable[Texts]) -> SourceFile:
    """What stands for a file of such texts: their size, and a SHA-256 of them and their labels."""
    digest, size = hashlib.sha256(), 0
    for part in parts:
        for text, label in zip(part.texts, part.labels, strict=True):
            size += len(text.encode())
            for value in (text, label):
                content = value.encode()
                digest.update(len(content).to_bytes(8, "little") + content)
        digest.update(b"\xff" + array("d", part.weights).tobytes())
    return SourceFile(NAME, size, digest.hexdigest())


def items_of(column: Iterable[Any], what: str, part: str) -> Iterator[Any]:
    """The items of a column as Python's own values."""
    table = isinstance(column, Mapping) or hasattr(column, "columns") or getattr(column, "ndim", 1) != 1
    if isinstance(column, str | bytes) or table or not isinstance(column, Iterable):
        raise InputError(
            f"the {what} are {'a table' if table else _shown(column)}, not a column",
            hint='give a list, or one column of a table, such as table["text"]',
            location=part,
        )
    if isinstance(column, set | frozenset):
        raise InputError(
            f"the {what} are a set, which has no order", hint="give a list or another column", location=part
        )
    for item in column:
        yield _plain(item)


def _plain(item: Any) -> Any:
    """A value of numpy or Arrow as Python has it; what stands for no value as None."""
    if type(item).__name__ in _MISSING:
        return None
    for own in ("as_py", "item"):
        if hasattr(item, own) and not isinstance(item, type) and not getattr(item, "ndim", 0):
            item = getattr(item, own)()
    if isinstance(item, str):
        return str.__str__(item)  # an enumeration's own str would be its name
    return item


def _several(item: Any) -> Any:
    """The labels of a text as a list of Python's own values, where they are several."""
    if getattr(item, "ndim", 0) == 1:
        item = item.tolist()
    if isinstance(item, set | frozenset):
        item = sorted(item, key=str)
    return list(map(_plain, item)) if isinstance(item, list | tuple) else item


def _shown(value: object) -> str:
    if isinstance(value, float) and value != value:
        return "NaN"
    names = {type(None): "None", float: "a number", int: "a number", bool: "a truth value", str: "a string"}
    return names.get(type(value), f"a value of type {type(value).__name__}")
