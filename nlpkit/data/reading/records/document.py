"""One JSON document: the objects of an array somewhere in it, to columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns
from nlpkit.data.reading.layout import JsonLayout
from nlpkit.data.reading.notes import FileNotes, line_breaks, printable
from nlpkit.data.reading.records.jsonl import DECODER, UNREADABLE, object_of, twice, unreadable
from nlpkit.data.reading.records.objects import Collected
from nlpkit.data.reading.source.lines import CHARS_A_LINE, too_long
from nlpkit.errors import DataError, did_you_mean

_SPACES = re.compile(r"[ \t\r\n]*")
_LONGEST_WORD = 16  # what may be cut off at the end of a chunk: true, false, an escape


class _Element(NamedTuple):
    """An element of an array at `path`, the keys to it with dots between; `number` is its place, from 1."""

    path: str
    value: object
    number: int
    escaped: bool


def read_json(chunks: Iterable[str], layout: JsonLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """The wanted keys of every object of one array, piece by piece.

    Where `records` is unset it is the only array of objects that is reached through objects.
    """
    document = _Document(chunks, CHARS_A_LINE * layout.max_chars, notes.name)
    collected = Collected(layout, asked, notes)
    chosen, paths = layout.records, dict[str, None]()
    for path, value, number, escaped in document.elements():
        if isinstance(value, dict):
            paths[path] = None
        if chosen is None and (not path or isinstance(value, dict)):
            chosen = path
            if path:
                notes.add(f"took the records at {printable(path)!r}", [number])
        if path == chosen:
            collected.add(object_of(value, notes.at(number)), number, odd=escaped)
            if len(collected) == PIECE_ROWS:
                yield collected.taken()
        elif layout.records is None and isinstance(value, dict):
            raise _several(list(paths), notes.name)
    if chosen not in paths:
        raise _none(layout.records, list(paths), notes.name)
    yield collected.taken()


def first_objects(chunks: Iterable[str], layout: JsonLayout, name: str, count: int) -> list[Any]:
    """The first objects of the array that is read, at most so many; those before what cannot be read.

    DataError where they are of several arrays.
    """
    elements = _Document(chunks, CHARS_A_LINE * layout.max_chars, name).elements()
    objects = (
        each for each in elements if isinstance(each.value, dict) and layout.records in (None, each.path)
    )
    first: list[_Element] = []
    with suppress(DataError):
        for each in islice(objects, count):
            first.append(each)
    paths = dict.fromkeys(each.path for each in first)
    if len(paths) > 1:
        raise _several(list(paths), name)
    return [each.value for each in first]


def _several(paths: list[str], name: str) -> DataError:
    listed = " and ".join(repr(printable(path)) for path in paths)
    return DataError(
        f"the document has several arrays of objects: {listed}",
        hint=f'name the one to read: records = "{printable(paths[0])}"',
        location=name,
    )


def _none(records: str | None, paths: list[str], name: str) -> DataError:
    where = "in the document" if records is None else f"at records = {printable(records)!r}"
    example = 'write an array of objects: [{"text": "...", "label": "..."}, ...]'
    known = did_you_mean(records or "", map(printable, filter(None, paths)))
    return DataError(
        f"there is no array of objects {where}",
        hint=known if any(paths) else f'{example}; pandas does with orient="records"',
        location=name,
    )


class _Document:
    """The text of a JSON document, which comes in chunks, and a place in it.

    No more of it is in memory than a chunk and what is read as one value, of at most `max_chars`.
    """

    def __init__(self, chunks: Iterable[str], max_chars: int, name: str) -> None:
        self._chunks, self._max_chars, self._name = iter(chunks), max_chars, name
        self._text, self._at = "", 0
        self._line, self._line_start = 1, 0  # those of the first character, which may be in mid-line

    def elements(self) -> Iterator[_Element]:
        """The elements of every array that is reached through objects; refuses what comes after."""
        try:
            yield from self._below("")
        except RecursionError as error:
            raise unreadable(error, self._place(self._at)) from error
        if self._next():
            raise DataError(
                "text goes on after the end of the document",
                hint="write one document a file",
                location=self._place(self._at),
            )

    def _below(self, path: str) -> Iterator[_Element]:
        opening = self._next()
        if opening == "[":
            for number, _ in enumerate(self._items("]"), start=1):
                value, written = self._value()
                yield _Element(path, value, number, "\\u" in written)
        elif opening == "{":
            seen: set[object] = set()
            for _ in self._items("}"):
                key = self._key()
                if key in seen:
                    raise unreadable(twice(key), self._place(self._at))
                seen.add(key)
                yield from self._below(f"{path}.{key}" if path else key)
        else:
            self._value()

    def _items(self, closing: str) -> Iterator[None]:
        """Once for each item of the array or object that begins here; the caller reads it."""
        self._at += 1
        if self._next() == closing:
            self._at += 1
            return
        while True:
            yield
            mark = self._next()
            if mark not in (",", closing):
                raise self._expected(f"expecting ',' or '{closing}'")
            self._at += 1
            if mark == closing:
                return

    def _key(self) -> str:
        if self._next() != '"':
            raise self._expected("expecting a key in double quotes")
        key, _ = self._value()
        if self._next() != ":":
            raise self._expected("expecting ':'")
        self._at += 1
        return str(key)

    def _value(self) -> tuple[object, str]:
        """The value that begins here, and how it is written."""
        self._next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                size = end - self._at
                if end < len(self._text) or not self._more():  # a number may go on
                    written = self._text[self._at : self._at + size]
                    self._at += size
                    return value, written
            except UNREADABLE as error:
                ahead = error.pos - self._at if isinstance(error, json.JSONDecodeError) else 0
                if not (self._cut_off(error) and self._more()):
                    raise unreadable(error, self._place(self._at + ahead)) from error

    def _cut_off(self, error: Exception) -> bool:
        """Whether an error is at the end of what there is of the text, so that more of it may mend it."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - _LONGEST_WORD

    def _next(self) -> str:
        """The next character that is no space, where the place then is; "" at the end."""
        while True:
            found = _SPACES.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Take more of the text, at least as much as is still needed, and forget what was read."""
        needed = len(self._text) - self._at
        if needed > self._max_chars:
            raise too_long(self._place(self._at), self._max_chars)
        self._line, column = self._line_and_column(self._at)
        self._line_start = 1 - column
        parts, taken = [self._text[self._at :]], 0
        for chunk in self._chunks:
            parts.append(chunk)
            taken += len(chunk)
            if taken > needed:
                break
        self._text, self._at = "".join(parts), 0
        return taken > 0

    def _line_and_column(self, at: int) -> tuple[int, int]:
        start = 1 + max(self._text.rfind("\n", 0, at), self._text.rfind("\r", 0, at))
        line = self._line + line_breaks(self._text[:at])
        return line, 1 + at - (start or self._line_start)

    def _place(self, at: int) -> str:
        line, column = self._line_and_column(at)
        return f"{self._name}:{line}:{column}"

    def _expected(self, what: str) -> DataError:
        return unreadable(json.JSONDecodeError(what, self._text, self._at), self._place(self._at))
