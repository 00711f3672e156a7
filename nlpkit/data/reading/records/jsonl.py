"""JSON Lines: one object a line, to columns; also objects one after another, whatever their lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns
from nlpkit.data.reading.layout import JsonlLayout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.records.decoding import DECODER, UNREADABLE, object_of, unreadable
from nlpkit.data.reading.records.json_text import Element, JsonText
from nlpkit.data.reading.records.objects import Collected
from nlpkit.data.reading.source.lines import CHARS_A_LINE, Lines
from nlpkit.errors import DataError


def read_jsonl(lines: Lines, layout: JsonlLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """The wanted keys of every object, piece by piece."""
    collected = Collected(layout, asked, notes)
    for _, value, number, escaped in values_of(lines, layout, notes):
        try:
            record = object_of(value, notes.at(number))
        except DataError as error:
            notes.refuse(error, number, value)
        else:
            collected.add(record, number, odd=escaped)
        if lines.few or len(collected) == PIECE_ROWS:
            yield collected.taken()
    yield collected.taken()


def values_of(lines: Iterable[str], layout: JsonlLayout, notes: FileNotes) -> Iterator[Element]:
    """The value of each line that is not blank, numbered by line.

    From a line on which an object has a comma beside it, or has only begun, they are read one after another;
    where unreadable lines are left out, from the first line alone.
    """
    rest, begun = iter(lines), False
    for number, line in enumerate(rest, start=1):
        if line.isspace():
            continue
        try:
            value = DECODER.decode(line)
        except UNREADABLE as error:
            column = f":{error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
            refusal = unreadable(error, notes.at(number) + column)
            refusal.__cause__ = error
            if not line.lstrip().startswith(("{", ",")) or (begun and notes.left_out):
                notes.refuse(refusal, number, line.rstrip("\r\n"))
                continue
            yield from _one_after_another(chain([line], rest), number, refusal, layout, notes)
            return
        begun = True
        yield Element("", value, number, "\\u" in line)


def _one_after_another(
    lines: Iterable[str], number: int, refusal: DataError, layout: JsonlLayout, notes: FileNotes
) -> Iterator[Element]:
    """Objects with commas or spaces between them; `refusal` is for a line that begins none."""
    objects = JsonText(lines, CHARS_A_LINE * layout.max_chars, notes.name, line=number).objects()
    try:
        first = next(objects)
    except DataError:
        raise refusal from None
    notes.add("read objects that are not one a line", [number])
    yield first
    yield from objects
