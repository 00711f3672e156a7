"""The rules for labels: none is missing, none is of two kinds, and each is one name."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence, Set

from nlpkit.data.reading.labels.several import several_in_one
from nlpkit.data.reading.labels.spellings import clash_within, codes, stripped
from nlpkit.data.reading.layout import LabelType
from nlpkit.data.reading.notes import SHOWN, FileNotes, more, quoted
from nlpkit.errors import DataError

# What programs write where they have no value, and nobody calls a class.
# fmt: off
MISSING = frozenset({
    "", "nan", "NaN", "NAN", "-nan", "-NaN", "null", "Null", "NULL", "None", "NaT", r"\N",
    "<NA>", "<na>", "<null>", "<NULL>", "(null)", "(NULL)", "[null]", "[NULL]",
    "#N/A", "#n/a", "#NA", "#N/A N/A", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!",
    "#NV", "#N/D", "#ERROR!", "#SPILL!", "#CALC!", "1.#QNAN", "-1.#QNAN", "1.#IND", "-1.#IND",
})
# What people write there, in any case; it may be a class too.
DOUBTFUL = frozenset({
    "na", "n/a", "n.a.", "none", "nan", "nil", "null", "undefined", "missing", "<none>", "(none)",
    "(blank)", "no label", "no_label", "unlabeled", "unlabelled", "not available", "<nan>", "[none]", "[nan]",
    "-", "--", "---", "–", "—", "―", "−", "?", "??", "???", ".", "...", "…",
    "[]", "{}", "()", "set()", '""', "''", '[""]', "['']",
})
# fmt: on
_WORD = re.compile(r"\w")
_KINDS: dict[type, str] = {bool: "true or false", int: "whole numbers", float: "decimals", str: "strings"}
AS_STRING = 'set label_type = "string"'
MULTI_LABEL = "set multi_label = true"
SEPARATE = "set label_separator if something else stands between labels"


def label_names(
    values: Sequence[object],
    lines: Sequence[int],
    notes: FileNotes,
    *,
    label_type: LabelType = "auto",
    several: bool = False,
) -> list[str]:
    """A name for each raw label: stripped (and noted), or all of them refused with the first lines.

    With the `label_type` "string", each is the name it is written as, and only an empty one is missing.
    `several` says that they were apart in a cell of several.
    """
    values = _plain(values, lines, notes)
    if label_type == "string":
        values = [value if isinstance(value, str) else _name(value) for value in values]
    else:
        _check_kinds(values, lines, notes)
    named = {value: _name(value) for value in dict.fromkeys(values)}
    names = [named[value] for value in values]
    if missing := ({""} if label_type == "string" else MISSING) & set(named.values()):
        raise _missing(missing, names, lines, notes)
    if padded := {value for value, name in named.items() if isinstance(value, str) and value != name}:
        notes.add("removed spaces or invisible characters around a label", _lines_of(padded, values, lines))
    if label_type == "auto":
        _check_names(names, lines, notes, several)
    return names


def single(value: object) -> object:
    """The label in a list of one, as annotation tools write it, and None for an empty list."""
    if isinstance(value, list) and len(value) < 2:
        only = value[0] if value else None
        return value if isinstance(only, list | dict) else only
    return value


def _name(value: object) -> str:
    if isinstance(value, str):
        return stripped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else repr(value)


def _plain(values: Sequence[object], lines: Sequence[int], notes: FileNotes) -> Sequence[object]:
    """The values, each of them a string, a number, a truth or None."""
    kinds = set(map(type, values))
    if list in kinds:
        values = list(map(single, values))
        kinds = set(map(type, values))
    if float in kinds:  # NaN is what pandas has for no value, whatever the others are
        values = [
            None if isinstance(value, float) and not math.isfinite(value) else value for value in values
        ]
    if kinds <= _KINDS.keys() | {type(None)}:
        return values
    value, line = next(
        (value, line)
        for value, line in zip(values, lines, strict=True)
        if value is not None and type(value) not in _KINDS
    )
    message, hint = _composite(value)
    raise DataError(message, hint=hint, location=notes.at(line))


def _composite(value: object) -> tuple[str, str]:
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return "several labels of one text", f"{MULTI_LABEL}, or write one string as the label"
    if isinstance(value, dict) and value:
        keys = [quoted(str(key)) for key in value]
        listed = ", ".join(keys[:SHOWN]) + more(len(keys))
        return (
            f"the label is an object, with {listed} in it, and a string or a number is expected",
            f"write one string as the label, such as what {keys[0]} has",
        )
    what = "an empty object" if isinstance(value, dict) else f"a {type(value).__name__}"
    return f"the label is {what}, and a string or a number is expected", "write one string as the label"


def _check_kinds(values: Sequence[object], lines: Sequence[int], notes: FileNotes) -> None:
    """Refuse values of two kinds: 1 == True would make them one class."""
    first_lines = dict(zip(map(type, reversed(values)), reversed(lines), strict=True))
    first_lines.pop(type(None), None)
    if len(first_lines) > 1:
        found = sorted((line, _KINDS[kind]) for kind, line in first_lines.items())
        listed = ", ".join(f"{kind} ({notes.where([line], 1)})" for line, kind in found)
        raise DataError(
            f"the labels are of several types: {listed}",
            hint=f"write them all as strings, or {AS_STRING} to read them so",
            location=notes.at(found[-1][0]),
        )


def _missing(missing: Set[str], names: Sequence[str], lines: Sequence[int], notes: FileNotes) -> DataError:
    found = list(_lines_of(missing, names, lines))
    several = f"{len(found):,} labels are missing ({notes.where(found, len(found))})"
    hint = "label them or remove them"
    if words := sorted(missing - {""}):
        listed = ", ".join(map(quoted, words[:SHOWN])) + more(len(words))
        hint += f"; if {listed} should be a class, {AS_STRING}"
    if found and several_in_one(list(dict.fromkeys(names))):
        hint += f"; {MULTI_LABEL} if a text may have several labels, or none"
    message = "the label is missing" if len(found) == 1 else several
    return DataError(message, hint=hint, location=notes.at(found[0]))


def _check_names(names: Sequence[str], lines: Sequence[int], notes: FileNotes, several: bool) -> None:
    """Refuse one value in two spellings, and note names that may not be what they look like."""
    first_lines = dict(zip(reversed(names), reversed(lines), strict=True))
    distinct = list(dict.fromkeys(names))
    if clash := clash_within(distinct):
        places = [notes.where([first_lines[label]], 1) for label in clash]
        raise one_value(clash, places, notes.at(first_lines[clash[1]]))
    for same in codes(distinct):
        said = f"read {' and '.join(map(quoted, same[:SHOWN]))}{more(len(same))} as codes: each is a class"
        notes.add(said, _lines_of(same, names, lines))
    for label in _doubtful(distinct):
        said = f"read {quoted(label)} as a class; remove them if it means that there is no label"
        notes.add(said, _lines_of([label], names, lines))
    if found := several_in_one(distinct):
        way = SEPARATE if several else f"{MULTI_LABEL} if they are several"
        said = f"read labels such as {quoted(found[0])} as one class; {way}"
        notes.add(said, _lines_of(set(found), names, lines))


def _doubtful(labels: Sequence[str]) -> list[str]:
    """Labels that may mean that there is none; a mark such as - does not beside another one, such as +."""
    found = [label for label in labels if label.casefold() in DOUBTFUL]
    marks = {label for label in labels if not _WORD.search(label)}
    return [label for label in found if label not in marks or marks <= set(found)]


def _lines_of(wanted: Collection[object], values: Iterable[object], lines: Iterable[int]) -> Iterator[int]:
    return (line for value, line in zip(values, lines, strict=True) if value in wanted)


def one_value(
    labels: Sequence[str], places: Sequence[str], location: str, *, apart: bool = True
) -> DataError:
    """The refusal of two labels, each at its place, that are one value; `apart` says that both may stay."""
    one, two = (f"{quoted(label)} ({place})" for label, place in zip(labels, places, strict=True))
    return DataError(
        f"the labels {one} and {two} are one value written in two ways",
        hint="write each class in one way" + (f", or {AS_STRING} to keep them apart" if apart else ""),
        location=location,
    )
