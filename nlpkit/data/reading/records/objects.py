"""Records that are objects, of JSON and of Arrow: the wanted values of each, to columns."""

from __future__ import annotations

import json
from itertools import repeat
from sys import intern

from nlpkit.data.reading.columns import Asked, ColumnError, Columns, check_apart, known_columns
from nlpkit.data.reading.labels.names import single
from nlpkit.data.reading.layout import Column, Encoded, Objects
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.source.decode import REPLACEMENT, without_surrogates
from nlpkit.errors import DataError

_NAMES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def kind_of(value: object) -> str:
    """What a value is, in words."""
    return _NAMES.get(type(value), f"a {type(value).__name__}")


class Collected:
    """Columns of the objects that are added; several text keys are joined by one space."""

    def __init__(self, layout: Objects, asked: Asked, notes: FileNotes) -> None:
        self._layout, self._asked, self._notes = layout, asked, notes
        self._columns = self._empty()
        if asked.label:
            check_apart(layout.text, layout.label, layout.label, notes.name)

    def __len__(self) -> int:
        return len(self._columns.texts)

    def add(self, record: dict[str, object], number: int, *, odd: bool) -> None:
        """Add what is wanted of an object; `odd` says that texts may have NUL or half characters in them."""
        try:
            self._add(record, number, odd=odd)
        except DataError as error:
            self._notes.refuse(error, number, record)

    def _add(self, record: dict[str, object], number: int, *, odd: bool) -> None:
        columns, location = self._columns, self._notes.at(number)
        text = " ".join([self._text(record, key, location) for key in self._layout.text])
        text = self._cleaned(text, number) if odd else text
        label = self._label(record, location) if self._asked.label else ""
        others = [_other(record, key, location) for key in self._asked.beside]
        columns.texts.append(text)
        columns.labels.append(intern(without_surrogates(label)) if isinstance(label, str) else label)
        columns.lines.append(number)
        for column, value in zip(columns.others, others, strict=True):
            column.append(value)

    def _label(self, record: dict[str, object], location: str) -> object:
        """One label, or a list where a text has any number."""
        value = _value(record, self._layout.label, location)
        if not self._layout.multi_label:
            return single(value)
        if not isinstance(value, list):
            return value
        return [without_surrogates(each) if isinstance(each, str) else each for each in value]

    def taken(self) -> Columns:
        """What was added since this was called before."""
        columns, self._columns = self._columns, self._empty()
        return columns

    def _empty(self) -> Columns:
        return Columns(others=[[] for _ in self._asked.beside])

    def _text(self, record: dict[str, object], key: Column, location: str) -> str:
        value = _value(record, key, location)
        if isinstance(value, str):
            return value
        hint = f"write a string, or remove the {self._notes.word}"
        if isinstance(value, int | float):
            if self._layout.coerce:
                return json.dumps(value)
            hint = "set coerce = true to read it as it is written"
        raise DataError(f"{key!r} is {kind_of(value)}, not a string", hint=hint, location=location)

    def _cleaned(self, text: str, number: int) -> str:
        if "\0" in text:
            errors = self._layout.errors if isinstance(self._layout, Encoded) else None
            if errors != "replace":
                another = ', or set errors = "replace" to read NUL as U+FFFD' if errors else ""
                raise DataError(
                    f"{'an escaped' if errors else 'a'} NUL character in the text",
                    hint=f"remove it{another}",
                    location=self._notes.at(number),
                )
            self._notes.add("read a NUL character as U+FFFD", repeat(number), text.count("\0"))
            text = text.replace("\0", REPLACEMENT)
        return without_surrogates(text)


def _value(record: dict[str, object], key: Column, location: str) -> object:
    if key not in record:
        hint = known_columns(key, list(record))
        raise ColumnError(f"there is no key {key!r}", key, hint=hint, location=location)
    return record[str(key)]


def _other(record: dict[str, object], key: Column, location: str) -> object:
    """A value that JSON can hold."""
    value = _value(record, key, location)
    if isinstance(value, str):
        return without_surrogates(value)
    try:
        json.dumps(value, allow_nan=False)
    except TypeError:  # Arrow has dates and bytes as well
        return str(value)
    except ValueError:
        raise DataError(
            f"{key!r} has a number that is too large", hint="write it as a string", location=location
        ) from None
    return value
