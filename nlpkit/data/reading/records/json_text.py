"""JSON read in chunks: the elements of arrays in a document, or objects one after another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nlpkit.data.reading.notes import line_breaks
from nlpkit.data.reading.records.decoding import DECODER, UNREADABLE, twice, unreadable
from nlpkit.data.reading.source.lines import too_long
from nlpkit.errors import DataError

_SPACES = re.compile(r"[ \t\r\n]*")
_LONGEST_WORD = 16  # what may be cut off at the end of a chunk: true, false, an escape


class Element(NamedTuple):
    """An element of an array at `path`, the keys to it with dots between; `number` is its place, from 1."""

    path: str
    value: object
    number: int
    escaped: bool


class JsonText:
    """JSON that comes in chunks, and a place in it.

    No more of it is in memory than a chunk and what is read as one value, of at most `max_chars`.
    """

    def __init__(self, chunks: Iterable[str], max_chars: int, name: str, line: int = 1) -> None:
        self._chunks, self._max_chars, self._name = iter(chunks), max_chars, name
        self._text, self._at = "", 0
        self._counted = 0  # up to where lines are counted, which may be in mid-line
        self._line, self._line_start = line, 0  # those of that place

    def elements(self) -> Iterator[Element]:
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

    def objects(self) -> Iterator[Element]:
        """Values one after another, with spaces or commas between them, each numbered by its first line."""
        while mark := self._next():
            if mark == ",":
                self._at += 1
                if not self._next():
                    return
            self._count_lines()
            line = self._line
            value, written = self._value()
            yield Element("", value, line, "\\u" in written)

    def _below(self, path: str) -> Iterator[Element]:
        opening = self._next()
        if opening == "[":
            for number, _ in enumerate(self._items("]"), start=1):
                value, written = self._value()
                yield Element(path, value, number, "\\u" in written)
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
        self._count_lines()
        self._line_start -= self._at
        parts, taken = [self._text[self._at :]], 0
        for chunk in self._chunks:
            parts.append(chunk)
            taken += len(chunk)
            if taken > needed:
                break
        self._text, self._at, self._counted = "".join(parts), 0, 0
        return taken > 0

    def _count_lines(self) -> None:
        """Count the lines up to the place, so that this is done once for each character."""
        self._line, column = self._line_and_column(self._at)
        self._line_start, self._counted = 1 + self._at - column, self._at

    def _line_and_column(self, at: int) -> tuple[int, int]:
        start = 1 + max(self._text.rfind(mark, self._counted, at) for mark in "\n\r")
        line = self._line + line_breaks(self._text[self._counted : at])
        return line, 1 + at - (start or self._line_start)

    def _place(self, at: int) -> str:
        line, column = self._line_and_column(at)
        return f"{self._name}:{line}:{column}"

    def _expected(self, what: str) -> DataError:
        return unreadable(json.JSONDecodeError(what, self._text, self._at), self._place(self._at))
