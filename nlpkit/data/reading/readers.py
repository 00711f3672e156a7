"""Reading one file of texts, of any format, into columns."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from nlpkit.data.reading.columns import LABELLED, Asked, Columns, FirstRow
from nlpkit.data.reading.compressed import pieces
from nlpkit.data.reading.decode import Decoding, Errors
from nlpkit.data.reading.fasttext import check_ends, read_fasttext, read_plain
from nlpkit.data.reading.files import HashedFile
from nlpkit.data.reading.header import by_name
from nlpkit.data.reading.jsonl import NAMES, read_jsonl
from nlpkit.data.reading.labels import label_names
from nlpkit.data.reading.layout import Encoded, FastTextLayout, Layout, Table, TxtLayout
from nlpkit.data.reading.lines import MAX_CHARS, Lines, too_long
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.packed import PackedTexts
from nlpkit.data.reading.stream import NOTHING_HINT, Stream
from nlpkit.data.reading.table import read_table
from nlpkit.data.texts import SourceFile, Texts
from nlpkit.errors import ConfigError, DataError
from nlpkit.notes import Note

# A line may hold several texts, and JSON writes some characters as six.
_CHARS_A_LINE = 10

Reader = Callable[[Lines, Any, Asked, FileNotes], Iterable[Columns]]
READERS: dict[str, Reader] = {
    "csv": read_table,
    "tsv": read_table,
    "jsonl": read_jsonl,
    "fasttext": read_fasttext,
    "txt": read_plain,
}


@dataclass(frozen=True)
class TextFile:
    """A file that was read: its texts, what it was, what is worth knowing about it, and the layout that files
    like it have.
    """

    texts: Texts
    file: SourceFile
    notes: tuple[Note, ...]
    lines: Sequence[int]  # that each text begins on
    layout: Layout


def read_file(path: Path, layout: Layout, asked: Asked = LABELLED) -> TextFile:
    """Read one file, packed or not, as `layout` says it is. DataError names file and line.

    The first of the other columns that are asked for is the group.
    """
    texts, labels, groups, lines = PackedTexts(), [], [], array("q")
    reading = Reading(path, layout, asked)
    for columns in reading:
        texts.extend(columns.texts)
        labels += columns.labels
        groups += _groups(columns, asked, path)
        lines += columns.lines
    headed = reading.headed or (asked.label and reading.headed is None and _alone(labels))
    if headed and not reading.headed:
        said = "took the first row for a header, because no other has its label (else set header = false)"
        reading.notes.add(said, lines[:1])
        texts, labels, groups, lines = texts[1:], labels[1:], groups[1:], lines[1:]
    if headed and isinstance(layout, Table):
        layout = by_name(layout, reading.first_cells)
    names = _names(labels, lines, layout, reading.notes) if asked.label else [""] * len(labels)
    read = Texts(texts, names, groups=groups)
    return TextFile(read, reading.file, reading.notes.all(), lines, layout)


def _names(labels: Sequence[object], lines: Sequence[int], layout: Layout, notes: FileNotes) -> list[str]:
    names = label_names(labels, lines, notes, label_type=layout.label_type)
    if isinstance(layout, FastTextLayout) and layout.label_type == "auto":
        check_ends(names, lines, layout.label_prefix, notes)
    return names


def _groups(columns: Columns, asked: Asked, path: Path) -> list[str]:
    """The first of the other columns that are asked for: strings, and numbers as they are written."""
    if not asked.others:
        return []
    for value, line in zip(columns.others[0], columns.lines, strict=True):
        if not isinstance(value, str | int | float):
            raise DataError(
                f"{asked.others[0]!r} is {NAMES[type(value)]}",
                hint="write a string or a number",
                location=f"{path}:{line}",
            )
    return [value if isinstance(value, str) else json.dumps(value) for value in columns.others[0]]


def _alone(labels: list[Any]) -> bool:
    """Whether the first label is the only one that occurs once, as the name of their column does."""
    counts = Counter(labels)
    single = sum(count == 1 for count in counts.values())
    return len(counts) > 2 and single == 1 and counts[labels[0]] == 1


class Reading:
    """One file or stream, read while one goes through its columns, piece by piece.

    `fraction` says how much of a file has been read. At the end `notes` and `file` are complete, and of a
    table `first_cells` are its first row and `headed` says whether that is a header, None where only labels
    tell.
    """

    file: SourceFile

    def __init__(self, source: Path | Stream, layout: Layout, asked: Asked = LABELLED) -> None:
        self.source, self.layout, self.asked = source, layout, asked
        self.notes = FileNotes(source.name if isinstance(source, Stream) else source)
        if layout.format == "txt" and asked.label:
            raise ConfigError(
                "a txt file has no labels",
                hint="ask for none, or use csv, tsv, jsonl or fasttext",
                location=self.notes.name,
            )
        self.fraction = 0.0
        self.headed: bool | None = False
        self.first_cells: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Columns]:
        if isinstance(self.source, Stream):
            yield from _some(self._columns(self.source), self.notes.name)
            return
        with HashedFile(self.source) as file:
            for columns in self._columns(file):
                self.fraction = file.read_fraction
                yield columns
            self.file = file.finished()

    def _columns(self, source: HashedFile | Stream) -> Iterator[Columns]:
        layout = cast("Encoded", self.layout)
        lines = lines_of(source, layout, self.notes)
        read = READERS[layout.format](lines, layout, self.asked, self.notes)
        for columns in self._noting_first(read):
            _check_sizes(columns, layout.max_chars, self.notes.name)
            yield columns

    def _noting_first(self, read: Iterable[Columns]) -> Generator[Columns]:
        first: object = yield from read  # type: ignore[func-returns-value]  # readers of tables do
        if isinstance(first, FirstRow):
            self.first_cells, self.headed = first.cells, first.headed


def read_lines(
    stream: BinaryIO,
    encoding: str = "utf-8",
    errors: Errors = "strict",
    *,
    name: str = "standard input",
    max_chars: int = MAX_CHARS,
) -> Iterator[str]:
    """The lines of a stream as they come in, without their breaks; an endless stream is fine.

    Nothing at all, NUL, bytes that are no text and a line of more than `max_chars` are refused.
    """
    layout = TxtLayout(encoding=encoding, errors=errors, max_chars=max_chars)
    for columns in Reading(Stream(stream, name=name), layout, Asked(label=False)):
        yield from columns.texts


def _some(pieces: Iterable[Columns], name: str) -> Iterator[Columns]:
    """The pieces, unless there is no record in any of them."""
    found = False
    for columns in pieces:
        found = found or bool(columns.texts)
        yield columns
    if not found:
        raise DataError("no text came in", hint=NOTHING_HINT, location=name)


def lines_of(source: HashedFile | Stream, layout: Encoded, notes: FileNotes) -> Lines:
    """The lines of a text file or stream, each with the break that ends it."""
    limit = layout.max_chars if isinstance(layout, TxtLayout) else _CHARS_A_LINE * layout.max_chars
    decoding = Decoding(notes.name, layout.encoding, layout.errors, notes)
    if isinstance(source, Stream):
        chunks = decoding.chunks(source.pieces())
        return Lines(chunks, name=notes.name, max_chars=limit, idle=lambda: source.idle)
    return Lines(_not_blank(decoding.chunks(pieces(source)), notes.name), name=notes.name, max_chars=limit)


def _not_blank(chunks: Iterator[str], name: str) -> Iterator[str]:
    """The chunks, unless there is nothing but spaces and line breaks in all of them."""
    held: list[str] = []
    for chunk in chunks:
        held.append(chunk)
        if not chunk.isspace():
            break
    else:
        raise DataError(
            "the file has nothing but spaces and line breaks" if held else "the file has no text",
            hint="name a file with text in it",
            location=name,
        )
    yield from held
    held.clear()
    yield from chunks


def _check_sizes(columns: Columns, max_chars: int, name: str) -> None:
    if max(map(len, columns.texts), default=0) > max_chars:
        line = next(n for t, n in zip(columns.texts, columns.lines, strict=True) if len(t) > max_chars)
        raise too_long(name, line, max_chars)
