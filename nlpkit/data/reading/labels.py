"""The rules for labels: none is missing, none is of two kinds, and each is one name."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from nlpkit.data.reading.notes import FileNotes
from nlpkit.errors import DataError

# What programs write where they have no value; "none" in lower case is a word, and may be a class.
MISSING = frozenset({"", "nan", "NaN", "NAN", "null", "Null", "NULL", "None"})
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?", re.ASCII)
_TRUTHS = {"true": Decimal(1), "false": Decimal(0)}
_KINDS: dict[type, str] = {bool: "true or false", int: "whole numbers", float: "decimals", str: "strings"}


def label_names(values: Sequence[object], lines: Sequence[int], notes: FileNotes) -> list[str]:
    """A name for each raw label: stripped (and noted), or all of them refused with the first lines."""
    _check_kinds(values, lines, notes)
    names = {value: _name(value) for value in dict.fromkeys(values)}
    missing: set[object] = {value for value, name in names.items() if name in MISSING}
    if missing:
        raise _missing(_lines_of(missing, values, lines), notes)
    _check_spellings(names, values, lines, notes)
    padded: set[object] = {value for value, name in names.items() if isinstance(value, str) and value != name}
    if padded:
        notes.add("removed spaces around a label", _lines_of(padded, values, lines))
    return [names[value] for value in values]


def _name(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan"
    return "" if value is None else repr(value)


def _lines_of(wanted: set[object], values: Iterable[object], lines: Iterable[int]) -> Iterator[int]:
    return (line for value, line in zip(values, lines, strict=True) if value in wanted)


def _check_kinds(values: Sequence[object], lines: Sequence[int], notes: FileNotes) -> None:
    """Refuse what is no single value, and values of two kinds: 1 == True would make them one class."""
    first_lines = dict(zip(map(type, reversed(values)), reversed(lines), strict=True))
    first_lines.pop(type(None), None)
    for kind in first_lines.keys() - _KINDS.keys():
        several = "several labels, and multi-label is not supported yet"
        raise DataError(
            several if kind is list else "no single label",
            hint="write one string as the label",
            location=notes.at(first_lines[kind]),
        )
    if len(first_lines) > 1:
        found = sorted((line, _KINDS[kind]) for kind, line in first_lines.items())
        listed = ", ".join(f"{kind} ({notes.where([line], 1)})" for line, kind in found)
        raise DataError(
            f"the labels are of several types: {listed}",
            hint="write them all as strings",
            location=notes.at(found[-1][0]),
        )


def _missing(lines: Iterator[int], notes: FileNotes) -> DataError:
    found = list(lines)
    several = f"{len(found):,} labels are missing ({notes.where(found, len(found))})"
    said = "the label is missing" if len(found) == 1 else several
    return DataError(
        said,
        hint="label these rows or remove them; a class that is really called so needs another name",
        location=notes.at(found[0]),
    )


def _check_spellings(
    names: dict[object, str], values: Sequence[object], lines: Sequence[int], notes: FileNotes
) -> None:
    """Refuse 1 beside 1.0, and true beside 1: one value, written in two ways."""
    same: dict[Decimal, dict[str, object]] = defaultdict(dict)
    for value, label in names.items():
        if _NUMBER.fullmatch(label):
            same[Decimal(label)][label] = value
        elif label.lower() in _TRUTHS and len(names) > 1:
            same[_TRUTHS[label.lower()]][label] = value
    for spellings in same.values():
        if len(spellings) > 1 and not all(label.lower() in _TRUTHS for label in spellings):
            one, two = list(spellings)[:2]
            places = [next(_lines_of({spellings[label]}, values, lines)) for label in (one, two)]
            raise DataError(
                f"the labels {one!r} ({notes.where(places[:1], 1)}) and {two!r} "
                f"({notes.where(places[1:], 1)}) are one value "
                "written in two ways",
                hint="write each class in one way",
                location=notes.at(max(places)),
            )
