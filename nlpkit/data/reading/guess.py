"""What a file says about itself: how it is laid out and which of its columns are the text and the label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from nlpkit.data.reading.formats import folder_format, layout_of
from nlpkit.data.reading.layout import Encoded, Folder, Layout, Table
from nlpkit.data.reading.notes import FileNotes, quoted
from nlpkit.data.reading.records.arrow import check_kind, first_rows
from nlpkit.data.reading.records.document import first_objects, several_arrays
from nlpkit.data.reading.records.folders import class_names
from nlpkit.data.reading.records.jsonl import values_of
from nlpkit.data.reading.resembles import begins_no_table
from nlpkit.data.reading.sample import LABEL_CHARS, Sample, check_given, found_columns, is_label, texts_of
from nlpkit.data.reading.source.decoded import chunks_of, lines_of
from nlpkit.data.reading.source.files import HashedFile, is_folder
from nlpkit.data.reading.tables.dialect import HEAD_LINES, changes, even_rows, rows_of, written
from nlpkit.data.reading.tables.header import LABEL_NAMES, TEXT_NAMES, USUAL_NAMES, is_numbered, unnamed_cell
from nlpkit.errors import DataError
from nlpkit.system.terminal import counted

_NEARLY = 0.8  # of the rows
_SENTENCE_SPACES = 3  # so many, and a cell may be a text as well as the name of a column
_TITLE_LINES = 5  # at most so many are above a header


@dataclass(frozen=True)
class Guess:
    """A layout, and what of it was found in the file, in words; empty where nothing had to be.

    `texts` are all columns that could be the text which was found, where there are several.
    """

    layout: Layout
    said: str = ""
    texts: tuple[str | int, ...] = ()


def guessed(path: Path, given: Mapping[str, Any], format: str | None = None) -> Guess:
    """The layout of a file of which only the `given` settings are known, found from its first lines.

    DataError where several columns could be the text or the label: it names all of them.
    """
    if format is None and is_folder(path):
        format = folder_format(path)
    layout = layout_of(path, given, format=format)
    if isinstance(layout, Folder):
        return Guess(
            layout, f"as {layout.format}, {counted(len(class_names(path, layout)), 'class', 'classes')}"
        )
    sampled = _SAMPLES.get(layout.format)
    if sampled is None:
        return Guess(layout)
    with HashedFile(path) as file:
        found = sampled(file, layout, given)
    if not found or not found[1]:  # it cannot be read, and whoever does says why
        return Guess(layout)
    settings, sample = found
    check_given(sample, given, path)
    settings |= found_columns(sample, given, path)
    said = {name: value for name, value in settings.items() if name not in given}
    texts = texts_of(sample, {**vars(layout), **settings}) if "text" in said else ()
    return Guess(replace(layout, **settings), f"with {written(said)}" if said else "", texts)


_Found = tuple[dict[str, Any], Sample]  # with the settings that they were read with


def _head(file: HashedFile, layout: Encoded) -> list[str]:
    notes = FileNotes(file.path)
    return list(islice(lines_of(chunks_of(file, layout, notes), file, layout, notes), HEAD_LINES))


def _table(file: HashedFile, layout: Any, given: Mapping[str, Any]) -> _Found | None:
    head = _head(file, layout)
    settings, rows = _settings(head, layout, given)
    if not rows or begins_no_table("".join(head)):
        return None
    names, below = [cell.strip() for cell in rows[0]], rows[1:]
    if (unnamed := unnamed_cell(len(names), below)) is not None:
        names.insert(unnamed, "")
    columns = list(zip(*below, strict=True))
    if not _is_header(names, columns, layout, given, file.path):
        return settings, dict(enumerate(map(list, zip(*rows, strict=True))))
    own = [name if name and names.count(name) == 1 else place for place, name in enumerate(names)]
    return settings, dict(zip(own, map(list, columns), strict=True))


def _settings(
    head: Sequence[str], layout: Table, given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[list[str]]]:
    """The settings that are not given with which the first lines have rows of several cells, and these."""
    plain = [{"quoted": False}] if head and layout.quotechar not in head[0] else []
    for settings in ({}, *changes(layout, head), *plain):
        if settings.keys() & given.keys():
            continue
        rows = even_rows(head, replace(layout, **settings), unnamed=not settings)
        skipped = head[: settings.get("skip_rows", 0)]
        comments = all(line.startswith("#") or line.isspace() for line in skipped)
        if rows and len(rows[0]) > 1 and (comments or _names_columns(rows[0])):
            above = None if "skip_rows" in given else _below_title(head, layout, settings, rows)
            return above or (dict(settings), rows)
    return _nearly_even(head, layout, given)


def _nearly_even(
    head: Sequence[str], layout: Table, given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[list[str]]]:
    """The settings that give most rows as many cells as the first: the reader refuses the others."""
    for settings in ({}, *changes(layout, head)):
        rows = rows_of(head, replace(layout, **settings)) if not settings.keys() & given.keys() else []
        even = [row for row in rows if len(row) == len(rows[0]) > 1]
        if len(even) > 2 and len(even) >= _NEARLY * len(rows):
            return dict(settings), even
    return {}, []


def _below_title(
    head: Sequence[str], layout: Table, settings: dict[str, Any], rows: Sequence[Sequence[str]]
) -> tuple[dict[str, Any], list[list[str]]] | None:
    """The same where one of the next lines is the header: it has the names that the first one has not."""
    for lines in range(1, _TITLE_LINES + 1) if not _names_columns(rows[0]) else ():
        skipping = {**settings, "skip_rows": lines}
        below = even_rows(head, replace(layout, **skipping))
        if below and _names_columns(below[0]):
            return skipping, below
    return None


def _names_columns(row: Sequence[str]) -> bool:
    """Whether a row has usual names of a text and of a label."""
    names = {cell.strip().lower() for cell in row}
    return bool(names & TEXT_NAMES) and bool(names & LABEL_NAMES)


def _is_header(
    names: Sequence[str], below: Sequence[Sequence[str]], layout: Table, given: Mapping[str, Any], path: Path
) -> bool:
    """Whether a row is said to be a header, or has usual names, or short ones that are new in their columns.

    DataError where it may as well be a row with the only text of its class.
    """
    if layout.header is not None:
        return layout.header
    if {"text", "label"} <= given.keys():  # else whoever reads the table finds out
        return any(column in names for column in (*given["text"], given["label"]))
    columns = list(zip(names, below, strict=True))
    usual = [name in column for name, column in columns if name.lower() in USUAL_NAMES]
    sentence = any(len(name) > LABEL_CHARS or name.count(" ") >= _SENTENCE_SPACES for name in names)
    if is_numbered(names) or len(usual) > 1 or (usual == [False] and not sentence):
        return True
    few = [name in column for name, column in columns if is_label(column)]
    if not few or any(few):
        return False
    if sentence:
        shown = ", ".join(map(quoted, names[:8]))
        raise DataError(
            f"the first row may be a header or a text with its label: {shown}",
            hint="say which: header = true or header = false",
            location=str(path),
        )
    return True


def _jsonl(file: HashedFile, layout: Any, given: Mapping[str, Any]) -> _Found:
    values: list[Any] = []
    with suppress(DataError):
        for each in values_of(_head(file, layout), layout, FileNotes(file.path)):
            values.append(each.value)
    sample = _values(values)
    return {}, sample if len(values) > 1 or _has_columns(sample, given) else {}  # one may be a document


def _json(file: HashedFile, layout: Any, given: Mapping[str, Any]) -> _Found:
    notes = FileNotes(file.path)
    first = first_objects(chunks_of(file, layout, notes), layout, notes.name, HEAD_LINES)
    if len(first) < 2:
        return {}, _values(*first.values() or [()])
    fitting = [path for path, objects in first.items() if _has_columns(objects[0], given)]
    if len(fitting) != 1:
        raise several_arrays({path: objects[0] for path, objects in first.items()}, fitting, notes.name)
    return {"records": fitting[0]}, _values(first[fitting[0]])


def _has_columns(record: Mapping[Any, Any], given: Mapping[str, Any]) -> bool:
    """Whether an object has the columns that are given, and others with usual names."""
    names = {key.lower() for key in record}
    text = set(given["text"]) <= record.keys() if "text" in given else bool(names & TEXT_NAMES)
    return text and (given["label"] in record if "label" in given else bool(names & LABEL_NAMES))


def _arrow(file: HashedFile, layout: Any, given: Mapping[str, Any]) -> _Found:
    check_kind(file, layout)
    return {}, _values(first_rows(file, FileNotes(file.path), HEAD_LINES))


def _values(records: Sequence[Any]) -> Sample:
    """The values of each key as strings, empty where there is none; reading refuses odd ones.

    Keys of objects are left out, but for those with a usual name.
    """
    if not all(isinstance(record, dict) for record in records):
        return {}
    keys = dict.fromkeys(chain.from_iterable(records))
    odd = {key for record in records for key, value in record.items() if isinstance(value, dict)}
    kept = [key for key in keys if key not in odd or key.lower() in LABEL_NAMES | TEXT_NAMES]
    return {key: [_shown(record.get(key)) for record in records] for key in kept}


def _shown(value: Any) -> str:
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    return "" if value is None or isinstance(value, dict) else str(value)


_SAMPLES: dict[str, Callable[..., _Found | None]] = {
    "csv": _table,
    "tsv": _table,
    "jsonl": _jsonl,
    "json": _json,
    "parquet": _arrow,
    "arrow": _arrow,
}
