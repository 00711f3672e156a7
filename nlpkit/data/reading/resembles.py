"""Text in another format than it was read as: told by how it begins, once it could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from nlpkit.data.reading.columns import Asked, wanted_columns
from nlpkit.data.reading.layout import JsonLayout, JsonlLayout, Layout, Objects, Table
from nlpkit.data.reading.notes import line_breaks, printable
from nlpkit.data.reading.records.decoding import Record, object_of
from nlpkit.data.reading.records.document import first_objects
from nlpkit.data.reading.records.json_text import JsonText
from nlpkit.data.reading.source.magic import format_set
from nlpkit.errors import DataError

_WEB_PAGE = re.compile(r"\s*(<!--.*?-->\s*)?<(!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL)
_XML = re.compile(r"\s*<\?xml\s")
_BRACKET = re.compile(r"\s*[\[{]")
_JSON_LINE = re.compile(r"""(?<=[\r\n])[ \t]*(\{\s*["}]|\[\s*["\[{])""")
_OBJECT_LINES = re.compile(r"\s*\{[^\r\n]*\}[ \t]*[\r\n]+\s*\{")
_NO_TABLE = re.compile(r"""\s*(\{|\[\s*["'\[{])""")
_FASTTEXT = re.compile(r"\s*__label__\S")
_HEAD_CHARS = 1 << 16
_TRIED = 200  # objects of a document


def remembered(chunks: Iterable[str], head: list[str]) -> Iterator[str]:
    """The chunks; the beginning of the first is put into `head`."""
    for chunk in chunks:
        if not head:
            head.append(chunk[:_HEAD_CHARS])
        yield chunk


def begins_no_table(head: str) -> bool:
    """Whether a text begins as JSON, Python's objects, XML and web pages do, and no header or row."""
    return any(kind.match(head) for kind in (_NO_TABLE, _XML, _WEB_PAGE))


class _Kind(NamedTuple):
    """What a text looks like, the format that reads it, and objects that it begins with."""

    what: str
    format: str = ""
    records: Sequence[Record] = ()
    way_out: str = "name a file with text in it, such as csv or jsonl"


def with_format(refusal: DataError, head: str, layout: Layout, asked: Asked) -> DataError:
    """A refusal of text in a format that names the one it looks like, where it looks like another."""
    kind = _looks_like(head)
    if kind is None:
        if "is not JSON" in refusal.message and not _BRACKET.match(head):
            refusal.hint = f"this does not look like JSON: set the format that it has, {format_set()}"
            if begin := _JSON_LINE.search(head):
                line = 1 + line_breaks(head[: begin.start()])
                refusal.hint = f"remove what is above the JSON, which begins in line {line}"
    elif kind.format != layout.format and not (layout.format == "json" and kind.what in _DOCUMENTS):
        columns = _columns(kind, layout, asked)
        way_out = f"set {format_set(kind.format)}{columns}" if kind.format else kind.way_out
        refusal.hint = f"this looks like {kind.what}: {way_out}"
    return refusal


_DOCUMENTS = _ALONE, _BY_COLUMNS = "a JSON object", "JSON by columns"  # and without records


def _columns(kind: _Kind, layout: Layout, asked: Asked) -> str:
    """What else has to be set, where the objects do not have the columns that are asked for."""
    named = layout if isinstance(layout, Objects | Table) else JsonlLayout()
    if not kind.records or any(each.keys() >= {*wanted_columns(named, asked)} for each in kind.records):
        return ""
    return f", and name the columns it has: {', '.join(map(printable, kind.records[-1]))}"


def _looks_like(head: str) -> _Kind | None:
    if _WEB_PAGE.match(head):
        return _Kind("a web page")
    if _XML.match(head):
        return _Kind("XML")
    if _FASTTEXT.match(head):
        return _Kind("fastText", "fasttext")
    return _json(head) if _BRACKET.match(head) else None


def _json(head: str) -> _Kind | None:
    """JSON by what reads it: objects one after another, an array in a document, or one object."""
    objects = _objects(head) if head.lstrip().startswith("{") else []
    if len(objects) > 1:
        in_lines = _OBJECT_LINES.match(head)
        return _Kind("JSON Lines" if in_lines else "objects one after another", "jsonl", objects[:1])
    if arrays := first_objects([head], JsonLayout(), "", _TRIED):
        return _Kind("a JSON document", "json", [first for first, *_ in arrays.values()])
    if not objects or not objects[0]:
        return None
    if all(isinstance(value, list | dict) for value in objects[0].values()):
        way_out = 'write an object for each row; pandas does with orient="records"'
        return _Kind(_BY_COLUMNS, way_out=way_out)
    return _Kind(_ALONE, "jsonl", objects)


def _objects(head: str) -> list[Record]:
    """The first two objects of some that are one after another."""
    found: list[Record] = []
    with suppress(DataError):
        for each in islice(JsonText([head], len(head), "").objects(), 2):
            found.append(object_of(each.value, ""))
    return found
