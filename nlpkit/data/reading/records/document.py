"""One JSON document: the objects of an array somewhere in it, to columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns, wanted_columns
from nlpkit.data.reading.layout import JsonLayout
from nlpkit.data.reading.notes import FileNotes, printable, quoted
from nlpkit.data.reading.records.decoding import Record, object_of
from nlpkit.data.reading.records.json_text import JsonText
from nlpkit.data.reading.records.objects import Collected
from nlpkit.data.reading.source.lines import CHARS_A_LINE
from nlpkit.errors import DataError, did_you_mean
from nlpkit.settings.toml import in_toml

_MAX_ARRAYS = 20  # so many, and it is no document of records


def read_json(chunks: Iterable[str], layout: JsonLayout, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """The wanted keys of every object of one array, piece by piece.

    Where `records` is unset it is the only array of objects that is reached through objects, or of several
    the only one whose first object has the wanted keys.
    """
    collected, wanted = Collected(layout, asked, notes), {*wanted_columns(layout, asked)}
    chosen, first = layout.records, dict[str, Record]()
    for path, value, number, escaped in _text_of(chunks, layout, notes.name).elements():
        if isinstance(value, dict) and path not in first:
            first[path] = value
            if layout.records is None and path and wanted <= value.keys():
                if chosen is not None:
                    raise several_arrays(first, [chosen, path], notes.name)
                chosen = path
                notes.add(f"took the records at {quoted(path)}", [number])
        if chosen is None and not path:
            chosen = path
        if path == chosen:
            collected.add(object_of(value, notes.at(number)), number, odd=escaped)
            if len(collected) == PIECE_ROWS:
                yield collected.taken()
        elif layout.records is None and len(first) > _MAX_ARRAYS:
            break
    if chosen not in first:
        if layout.records is None and len(first) == 1:
            [record] = first.values()
            collected.add(record, 1, odd=False)  # which says what is missing
        raise _none(layout.records, first, notes.name)
    yield collected.taken()


def first_objects(
    chunks: Iterable[str], layout: JsonLayout, name: str, count: int
) -> dict[str, list[Record]]:
    """The first objects of each array that may be read, at most so many; those before what cannot be read."""
    found: dict[str, list[Record]] = {}
    with suppress(DataError):
        elements = _text_of(chunks, layout, name).elements()
        objects = (each for each in elements if isinstance(each.value, dict))
        chosen = (each for each in objects if layout.records in (None, each.path))
        for each in islice(chosen, count):
            found.setdefault(each.path, []).append(object_of(each.value, name))
    return found


def _text_of(chunks: Iterable[str], layout: JsonLayout, name: str) -> JsonText:
    return JsonText(chunks, CHARS_A_LINE * layout.max_chars, name)


def several_arrays(first: Mapping[str, Record], fitting: Collection[str], name: str) -> DataError:
    """The refusal of a document in which several arrays, or none of several, have what is wanted."""
    listed = " and ".join(map(quoted, first))
    choices = {path: f"records = {in_toml(path)}" for path in first}
    keys = [f"\n  {choice}: {', '.join(map(printable, first[path]))}" for path, choice in choices.items()]
    return DataError(
        f"the document has several arrays of objects: {listed}",
        hint=f"name the one to read: {' or '.join(choices[path] for path in fitting)}"
        if fitting
        else f"name the one to read, and the columns it has{''.join(keys)}",
        location=name,
    )


def _none(records: str | None, first: Mapping[str, Record], name: str) -> DataError:
    if records is None and first:
        return several_arrays(first, (), name)
    where = "in the document" if records is None else f"at records = {quoted(records)}"
    example = 'write an array of objects: [{"text": "...", "label": "..."}, ...]'
    known = did_you_mean(records or "", map(printable, filter(None, first)))
    return DataError(
        f"there is no array of objects {where}",
        hint=known if any(first) else f'{example}; pandas does with orient="records"',
        location=name,
    )
