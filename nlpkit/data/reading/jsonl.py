"""JSON Lines: one object a line, to columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import repeat
from sys import intern

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, ColumnError, Columns
from nlpkit.data.reading.decode import REPLACEMENT, without_surrogates
from nlpkit.data.reading.labels import single
from nlpkit.data.reading.layout import Column, JsonlLayout
from nlpkit.data.reading.lines import Lines
from nlpkit.data.reading.notes import FileNotes, printable
from nlpkit.errors import DataError, did_you_mean

NAMES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def read_jsonl(lines: Lines, layout: JsonlLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """The wanted keys of every object, piece by piece; several text keys are joined by one space."""
    name, columns = notes.name, _empty(asked)
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        record = _record(line, f"{name}:{number}")
        escaped = "\\u" in line
        parts = [_text(record, key, layout, f"{name}:{number}") for key in layout.text]
        text = " ".join(parts)
        columns.texts.append(_cleaned(text, layout, name, number, notes) if escaped else text)
        label = "" if not asked.label else single(_value(record, layout.label, f"{name}:{number}"))
        columns.labels.append(intern(without_surrogates(label)) if isinstance(label, str) else label)
        columns.lines.append(number)
        for other, key in zip(columns.others, asked.others, strict=True):
            other.append(_other(record, key, f"{name}:{number}"))
        if lines.few or len(columns.texts) == PIECE_ROWS:
            yield columns
            columns = _empty(asked)
    yield columns


def _empty(asked: Asked) -> Columns:
    return Columns(others=[[] for _ in asked.others])


def _record(line: str, location: str) -> dict[str, object]:
    try:
        record = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except (ValueError, RecursionError, _NotPlainError) as error:
        message, hint = str(error), "correct the line, or remove it"
        if isinstance(error, json.JSONDecodeError):
            message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            hint = "write one object a line, with double quotes and no comma after the last value"
            location += f":{error.colno}"
        elif isinstance(error, RecursionError):
            message, hint = "nested too deep", "texts need no nesting"
        elif isinstance(error, ValueError):  # more digits than Python turns into an integer
            message, hint = "a number with too many digits", "write it as a string"
        raise DataError(message, hint=hint, location=location) from error
    if not isinstance(record, dict):
        raise DataError(
            f"{NAMES[type(record)]} instead of an object",
            hint='write one object a line: {"text": "...", "label": "..."}',
            location=location,
        )
    return record


class _NotPlainError(Exception):
    """What Python's json reads and JSON does not have."""


def _no_constant(word: str) -> object:
    raise _NotPlainError(f"{word} is not JSON")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _NotPlainError(f"the key {twice!r} more than once in one object")
    return record


def _value(record: dict[str, object], key: Column, location: str) -> object:
    if key not in record:
        hint = did_you_mean(str(key), map(printable, record))
        raise ColumnError(f"there is no key {key!r}", key, hint=hint, location=location)
    return record[str(key)]


def _text(record: dict[str, object], key: Column, layout: JsonlLayout, location: str) -> str:
    value = _value(record, key, location)
    if isinstance(value, str):
        return value
    hint = "write a string, or remove the line"
    if isinstance(value, int | float):
        if layout.coerce:
            return json.dumps(value)
        hint = "set coerce = true to read it as it is written"
    raise DataError(f"{key!r} is {NAMES[type(value)]}, not a string", hint=hint, location=location)


def _other(record: dict[str, object], key: Column, location: str) -> object:
    value = _value(record, key, location)
    if isinstance(value, str):
        return without_surrogates(value)
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise DataError(
            f"{key!r} has a number that is too large", hint="write it as a string", location=location
        ) from None
    return value


def _cleaned(text: str, layout: JsonlLayout, name: str, number: int, notes: FileNotes) -> str:
    if "\0" in text:
        if layout.errors == "strict":
            raise DataError(
                "an escaped NUL character in the text",
                hint='remove it, or set errors = "replace" to read NUL as U+FFFD',
                location=f"{name}:{number}",
            )
        notes.add("read a NUL character as U+FFFD", repeat(number), text.count("\0"))
        text = text.replace("\0", REPLACEMENT)
    return without_surrogates(text)
