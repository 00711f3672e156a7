"""Reading one file or folder of texts, of any format, into columns."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from sys import intern
from typing import Any, BinaryIO

from nlpkit.data.reading.beside import cells_beside, column_name
from nlpkit.data.reading.columns import LABELLED, Asked, Columns, FirstRow
from nlpkit.data.reading.label_column import marked_by, names_of, names_their_column
from nlpkit.data.reading.layout import (
    MAX_CHARS,
    Encoded,
    Errors,
    Folder,
    Layout,
    Table,
    TxtLayout,
)
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.packed import PackedTexts
from nlpkit.data.reading.records.arrow import read_arrow
from nlpkit.data.reading.records.document import read_json
from nlpkit.data.reading.records.fasttext import read_fasttext, read_label_text, read_plain
from nlpkit.data.reading.records.folders import read_class_files, read_folders
from nlpkit.data.reading.records.jsonl import read_jsonl
from nlpkit.data.reading.resembles import remembered, with_format
from nlpkit.data.reading.source.decoded import chunks_of, lines_of, not_blank
from nlpkit.data.reading.source.files import HashedFile
from nlpkit.data.reading.source.folder import FolderNotes, HashedFolder
from nlpkit.data.reading.source.lines import too_long
from nlpkit.data.reading.source.shard import Shard, ShardFile, ShardNotes
from nlpkit.data.reading.source.stream import NOTHING_HINT, Stream
from nlpkit.data.reading.tables.header import by_name
from nlpkit.data.reading.tables.table import read_table
from nlpkit.data.texts import SourceFile, Texts
from nlpkit.errors import ConfigError, DataError
from nlpkit.notes import Note
from nlpkit.system.terminal import counted

Reader = Callable[[Any, Any, Asked, Any], Iterable[Columns]]


def _of_text(read: Reader, *, lines: bool = True) -> Reader:
    """A reader of open files and streams, of one of lines or of chunks of text."""

    def reader(
        source: HashedFile | Stream, layout: Encoded, asked: Asked, notes: FileNotes
    ) -> Generator[Columns]:
        head: list[str] = []
        chunks = chunks_of(source, layout, notes)
        if isinstance(source, HashedFile) and not (isinstance(source, ShardFile) and source.is_part):
            chunks = not_blank(chunks, notes.name)
        chunks = remembered(chunks, head)
        try:
            whole = lines_of(chunks, source, layout, notes) if lines else chunks
            return (yield from read(whole, layout, asked, notes))
        except DataError as error:
            raise with_format(error, "".join(head), layout, asked) from error.__cause__

    return reader


READERS: dict[str, Reader] = {
    "csv": _of_text(read_table),
    "tsv": _of_text(read_table),
    "jsonl": _of_text(read_jsonl),
    "json": _of_text(read_json, lines=False),
    "parquet": read_arrow,
    "arrow": read_arrow,
    "fasttext": _of_text(read_fasttext),
    "label_text": _of_text(read_label_text),
    "txt": _of_text(read_plain),
    "folders": read_folders,
    "class_files": read_class_files,
}


@dataclass(frozen=True)
class TextFile:
    """A file that was read: its texts, what it was, together with a file of labels, what is worth knowing
    about it, the layout that files like it have, and its header, if there is one.
    """

    texts: Texts
    files: tuple[SourceFile, ...]
    notes: tuple[Note, ...]
    lines: Sequence[int]  # that each text begins on
    layout: Layout
    header: tuple[str, ...] = ()


def read_file(path: Path, layout: Layout, asked: Asked = LABELLED, header: tuple[str, ...] = ()) -> TextFile:
    """Read one file, packed or not, as `layout` says it is. DataError names file and line.

    The first of the other columns that are asked for is the group. `header` is that of a file before it.
    """
    texts, labels, lines = PackedTexts(), [], array("q")
    beside: list[list[str]] = [[] for _ in asked.beside]
    marked = getattr(layout, "label_columns", ()) if asked.label else ()
    reading = Reading(
        path, layout, replace(asked, label=False, slices=(*asked.slices, *marked)) if marked else asked
    )
    for columns in reading:
        texts.extend(columns.texts)
        labels += marked_by(columns, marked, reading.label_notes) if marked else columns.labels
        for cells, more in zip(beside, cells_beside(columns, asked, reading.notes), strict=True):
            cells += more
        lines += columns.lines
    headed = reading.headed
    if headed is None and reading.first_cells == header:
        headed = True
    elif headed is None and asked.label and not marked:
        headed = names_their_column(labels, lines, reading.notes)
    if headed and not reading.headed:
        texts, labels, lines = texts[1:], labels[1:], lines[1:]
        beside = [cells[1:] for cells in beside]
    if headed and isinstance(layout, Table):
        layout = by_name(layout, reading.first_cells)
    names, separator = [""] * len(labels), ""
    if asked.label:
        names, separator = names_of(labels, lines, layout, reading.label_notes)
    if separator:
        layout = replace(layout, label_separator=separator)
    found = reading.first_cells if headed else ()
    groups, by_column = beside[: len(asked.others)], beside[len(asked.others) :]
    sliced = zip(asked.slices, by_column, strict=True)
    slices = {column_name(column, found): cells for column, cells in sliced}
    read = Texts(texts, names, groups=groups[0] if groups else (), slices=slices, separator=separator)
    return TextFile(read, reading.sources, reading.all_notes(), lines, layout, found)


class Reading:
    """One file, stream or folder of files, read while one goes through its columns, piece by piece.

    `fraction` says how much of a file has been read. At the end `notes` and `sources` are complete, and of a
    table `first_cells` are its first row and `headed` says whether that is a header, None where only labels
    tell.
    `label_notes` is for what labels are told by: the file of their own, where they have one.
    """

    def __init__(self, source: Path | Shard | Stream, layout: Layout, asked: Asked = LABELLED) -> None:
        self.source, self.layout, self.asked = source, layout, asked
        path = _path(source)
        self.notes = _notes(source, layout)
        self.label_notes, self._labels = self.notes, _label_lines(path, layout, asked)
        if self._labels:
            self.label_notes = self._labels.notes
        self.sources: tuple[SourceFile, ...] = ()
        self.fraction = 0.0
        self.headed: bool | None = False
        self.first_cells: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Columns]:
        if isinstance(self.source, Stream):
            yield from _some(self._columns(self.source), self.notes.name)
            return
        if isinstance(self.source, Shard):
            yield from self._of_shard(self.source)
            return
        opened = HashedFolder if isinstance(self.layout, Folder) else HashedFile
        with opened(self.source) as file:
            for columns in self._columns(file):
                self.fraction = file.read_fraction
                yield columns
            self.sources = (file.finished(), *(self._labels.sources if self._labels else ()))
        self.fraction = 1.0

    def _of_shard(self, shard: Shard) -> Iterator[Columns]:
        """The same of a shard, with the line numbers of its file."""
        with ShardFile(shard) as file:
            try:
                for columns in self._columns(file):
                    columns.lines = array("q", map(shard.number, columns.lines))
                    yield columns
            except DataError as error:
                raise shard.in_file(error) from error.__cause__
            self.sources = (file.finished(),)

    def _columns(self, opened: HashedFile | HashedFolder | Stream) -> Iterator[Columns]:
        if isinstance(opened, Stream) and not isinstance(self.layout, Encoded):
            raise ConfigError(
                f"{self.layout.format} is not read from a stream",
                hint="write it to a file, and name that",
                location=self.notes.name,
            )
        read = self._noting_first(READERS[self.layout.format](opened, self.layout, self.asked, self.notes))
        for columns in with_labels(read, self._labels, self.notes.name) if self._labels else read:
            _check_sizes(columns, self.layout.max_chars, self.notes)
            yield columns

    def all_notes(self) -> tuple[Note, ...]:
        """The notes about the file, and about that of the labels."""
        return self.notes.all() + (self._labels.notes.all() if self._labels else ())

    def _noting_first(self, read: Iterable[Columns]) -> Generator[Columns]:
        first: object = yield from read  # type: ignore[func-returns-value]  # readers of tables do
        if isinstance(first, FirstRow):
            self.first_cells, self.headed = first.cells, first.headed


def _path(source: Path | Shard | Stream) -> Path:
    if isinstance(source, Shard):
        return source.path
    return Path(source.name) if isinstance(source, Stream) else source


def _notes(source: Path | Shard | Stream, layout: Layout) -> FileNotes:
    """Notes about what is read."""
    if isinstance(source, Shard):
        return ShardNotes(source, layout.word)
    path = _path(source)
    return FolderNotes(path, layout.word) if isinstance(layout, Folder) else FileNotes(path, layout.word)


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


def _label_lines(path: Path, layout: Layout, asked: Asked) -> Reading | None:
    """The file of labels beside one of texts, whose lines are read as the texts are."""
    if isinstance(layout, TxtLayout) and asked.labels:
        return Reading(asked.labels, layout, Asked(label=False))
    if asked.labels:
        raise ConfigError(
            f"{layout.format} files have labels of their own",
            hint='leave the file of labels out, or set type = "txt"',
            location=str(path),
        )
    if isinstance(layout, TxtLayout) and asked.label:
        raise ConfigError(
            "a txt file has no labels",
            hint='name the file that has them, line by line: train_labels = "FILE"; or use another format',
            location=str(path),
        )
    return None


def with_labels(texts: Iterable[Columns], labels: Reading, name: str) -> Iterator[Columns]:
    """The texts of one file beside the lines of another, which has as many."""
    lines = (line for found in labels for line in found.texts)
    rows = named = 0
    for columns in texts:
        columns.labels[:] = map(intern, islice(lines, len(columns.texts)))
        rows, named = rows + len(columns.texts), named + len(columns.labels)
        if rows == named:
            yield columns
    named += sum(1 for _ in lines)
    if rows != named:
        raise DataError(
            f"{counted(rows, 'text')} and {counted(named, 'label')} in {labels.notes.name}",
            hint="write one text a line and its label on the same line of the other file",
            location=name,
        )


def _check_sizes(columns: Columns, max_chars: int, notes: FileNotes) -> None:
    if max(map(len, columns.texts), default=0) > max_chars:
        number = next(n for t, n in zip(columns.texts, columns.lines, strict=True) if len(t) > max_chars)
        raise too_long(notes.at(number), max_chars)
