"""Reading one file of texts, of any format, into columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlpkit.data.reading.compressed import pieces
from nlpkit.data.reading.decode import Decoding
from nlpkit.data.reading.fasttext import check_ends, read_fasttext, read_plain
from nlpkit.data.reading.files import HashedFile
from nlpkit.data.reading.jsonl import read_jsonl
from nlpkit.data.reading.labels import label_names
from nlpkit.data.reading.layout import Columns, Layout
from nlpkit.data.reading.lines import split_lines, too_long
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.packed import PackedTexts
from nlpkit.data.reading.table import read_table
from nlpkit.data.texts import SourceFile, Texts
from nlpkit.errors import ConfigError, DataError
from nlpkit.notes import Note

# A line may hold several texts, and JSON writes some characters as six.
_CHARS_A_LINE = 10


@dataclass(frozen=True)
class TextFile:
    """A file that was read: its texts, what it was, and what is worth knowing about it."""

    texts: Texts
    file: SourceFile
    notes: tuple[Note, ...]
    lines: Sequence[int]  # that each text begins on
    layout: Layout


def read_file(path: Path, layout: Layout) -> TextFile:
    """Read one file, packed or not, as `layout` says it is. DataError names file and line."""
    texts, labels, groups, lines = PackedTexts(), [], [], array("q")
    reading = Reading(path, layout)
    for columns in reading:
        texts.extend(columns.texts)
        labels += columns.labels
        groups += columns.groups
        lines += columns.lines
    found = Texts(texts, _names(labels, lines, layout, reading.notes), groups=groups)
    return TextFile(found, reading.source, reading.notes.all(), lines, layout)


def _names(labels: Sequence[object], lines: Sequence[int], layout: Layout, notes: FileNotes) -> list[str]:
    if layout.label is None:
        return [""] * len(labels)
    names = label_names(labels, lines, notes, label_type=layout.label_type)
    if layout.format == "fasttext" and layout.label_type == "auto":
        check_ends(names, lines, layout.label_prefix, notes)
    return names


class Reading:
    """One file, read while one goes through its columns, piece by piece.

    `fraction` says how much of it has been read; `notes` and `source` are complete at the end.
    """

    source: SourceFile

    def __init__(self, path: Path, layout: Layout) -> None:
        if layout.format == "txt" and layout.label is not None:
            raise ConfigError(
                "a txt file has no labels",
                hint="ask for none, or use csv, tsv, jsonl or fasttext",
                location=str(path),
            )
        self.path, self.layout = path, layout
        self.notes = FileNotes(path)
        self.fraction = 0.0

    def __iter__(self) -> Iterator[Columns]:
        name, layout = self.notes.name, self.layout
        with HashedFile(self.path) as file:
            chunks = Decoding(name, layout.encoding, layout.errors, self.notes).chunks(pieces(file))
            limit = _CHARS_A_LINE * layout.max_chars
            lines = split_lines(_not_blank(chunks, name), name=name, max_chars=limit)
            for columns in _columns(lines, layout, name, self.notes):
                _check_sizes(columns, layout.max_chars, name)
                self.fraction = file.read_fraction
                yield columns
            self.source = file.finished()


def _columns(lines: Iterator[str], layout: Layout, name: str, notes: FileNotes) -> Iterator[Columns]:
    if layout.format == "jsonl":
        return read_jsonl(lines, layout, name, notes)
    if layout.format == "fasttext":
        return read_fasttext(lines, layout, name)
    if layout.format == "txt":
        return read_plain(lines)
    return read_table(lines, layout, name, notes)


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
