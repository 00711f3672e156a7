"""Files cut into shards: between two records, or two groups of rows, so that each can be read by itself."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.layout import (
    ArrowLayout,
    Encoded,
    FastTextLayout,
    Folder,
    JsonLayout,
    LabelTextLayout,
    Layout,
    ParquetLayout,
    Table,
    TxtLayout,
)
from nlpkit.data.reading.records.arrow import group_sizes
from nlpkit.data.reading.source.files import HashedFile
from nlpkit.data.reading.source.lines import CHARS_A_LINE, Lines
from nlpkit.data.reading.source.magic import marked_encoding, other_kind, packing
from nlpkit.data.reading.source.shard import Shard
from nlpkit.data.reading.tables.dialect import csv_settings, filled, separator
from nlpkit.data.reading.tables.header import is_header
from nlpkit.data.reading.tables.mended import goes_on
from nlpkit.errors import DataError

_PIECE_SIZE: Final = 1 << 20
_MARK_BYTES: Final = 300  # that say what kind of file something is
_LOOKED_AT: Final = 100  # lines of JSON
_SHORT: Final = 200  # bytes: a longer line with nothing but spaces of other scripts is none


def whole(path: Path) -> Shard:
    """A file that is not cut."""
    with HashedFile(path):  # which says what is wrong with it
        status = path.stat()
    return Shard(path, status.st_size, status.st_mtime_ns, bytes=status.st_size)


def shards_of(path: Path, layout: Layout, asked: Asked, shard_bytes: int) -> Iterator[Shard]:
    """The shards of a file, of `shard_bytes` or a record more, in order; what cannot be cut is one.

    That is a packed file, a JSON document, a stream of Arrow, and text in which a byte below 128 may be a
    part of another character.
    """
    one = replace(whole(path), word=layout.word)
    with path.open("rb") as file:
        head = file.read(_MARK_BYTES)
    if one.size <= shard_bytes or packing(head):
        yield one
    elif isinstance(layout, ParquetLayout | ArrowLayout):
        yield from _by_groups(one, shard_bytes)
    elif isinstance(layout, Encoded) and not isinstance(layout, JsonLayout | Folder) and _by_bytes(layout):
        yield from _Cutting(one, layout, asked, shard_bytes).shards()
    else:
        yield one


def _by_groups(one: Shard, shard_bytes: int) -> Iterator[Shard]:
    """Some groups of rows a shard, of which each has one row at the least."""
    start = rows = count = size = 0
    groups = group_sizes(one.path)
    for number, (group_rows, group_bytes) in enumerate(groups):
        if size >= shard_bytes and count and any(more for more, _ in groups[number:]):
            yield replace(one, start=start, end=number, lines=rows, rows=rows, count=count, bytes=size)
            start, rows, count, size = number, rows + count, 0, 0
        count, size = count + group_rows, size + group_bytes
    if start == 0:
        yield one
    else:
        end = len(groups)
        yield replace(one, start=start, end=end, lines=rows, rows=rows, count=count, bytes=size)


def _by_bytes(layout: Encoded) -> bool:
    """Whether every byte below 128 of a file is the character of ASCII."""
    name = codecs.lookup(layout.encoding).name
    marks = [getattr(layout, each, None) for each in ("delimiter", "quotechar", "escapechar")]
    if not all(mark is None or mark.isascii() for mark in marks):
        return False
    if name in ("utf-8", "utf-8-sig", "ascii"):
        return True
    try:  # one byte a character
        text = bytes(range(256)).decode(name, "replace")
    except (LookupError, ValueError):
        return False
    return len(text) == 256 and text[:128] == bytes(range(128)).decode("ascii")


@dataclass
class _Cutting:
    """One pass over a file whose bytes are read as if each were a character."""

    one: Shard
    layout: Encoded
    asked: Asked
    shard_bytes: int
    offset: int = 0  # behind the last line that was read
    line: int = 0  # its number

    def shards(self) -> Iterator[Shard]:
        """The shards; what stands behind a fault that ends the reading of the file is the last one's."""
        with self.one.path.open("rb") as file:
            mark = codecs.BOM_UTF8
            self.offset = len(mark) if file.read(len(mark)) == mark else 0
            file.seek(self.offset)
            lines = self._lines(file)
            if isinstance(self.layout, Table):
                yield from self._cut(*self._table(lines, self.layout))
            else:
                yield from self._cut(self._of_lines(lines), self.one)

    def _cut(self, records: Iterator[int], below: Shard) -> Iterator[Shard]:
        """Cut behind records, so that there is another one behind each cut; the second shard is as `below`
        says, and so are those after it.
        """
        shard = self.one
        cut: tuple[int, int] | None = None  # the end of this shard, and how many lines are above that
        count = rows = 0
        for here in _up_to_fault(records):
            if here and cut:
                yield replace(shard, end=cut[0], rows=rows, count=count, bytes=cut[0] - shard.start)
                shard, rows = replace(below, start=cut[0], lines=cut[1]), rows + count
                count, cut = 0, None
            count += here
            if here and self.offset - shard.start >= self.shard_bytes and self._begins_text():
                cut = self.offset, self.line
        if not shard.start:
            yield shard
            return
        end = self.one.size
        yield replace(shard, end=end, rows=rows, count=count, bytes=end - shard.start)

    def _begins_text(self) -> bool:
        """Whether what stands behind a cut cannot be taken for another kind of file."""
        with self.one.path.open("rb") as file:
            file.seek(self.offset)
            head = file.read(_MARK_BYTES)
        return not (packing(head) or other_kind(head) or marked_encoding(head))

    def _lines(self, file: Any) -> Iterator[str]:
        """The lines as the reader has them, and where each ends."""
        chunks = (piece.decode("latin-1") for piece in iter(lambda: file.read(_PIECE_SIZE), b""))
        most = max(self.layout.max_chars, 1) * (1 if isinstance(self.layout, TxtLayout) else CHARS_A_LINE)
        for line in Lines(chunks, name=str(self.one.path), max_chars=4 * most):  # bytes, not characters
            self.offset += len(line)
            self.line += 1
            yield line

    def _of_lines(self, lines: Iterator[str]) -> Iterator[int]:
        """For each line 1, or 0 where it is blank and no record."""
        if isinstance(self.layout, TxtLayout):
            yield from (1 for _ in lines)
        elif isinstance(self.layout, FastTextLayout | LabelTextLayout):
            yield from (int(bool(line.strip(" \t\r\n"))) for line in lines)
        else:
            head = list(islice(lines, _LOOKED_AT))
            objects = [line.strip() for line in head if not self._is_blank(line)]
            if all(not line.startswith("{") or line.endswith("}") for line in objects):  # none goes on below
                self.offset, self.line = self.offset - sum(map(len, head)), 0
                yield from self._counted(head)
                yield from (int(not self._is_blank(line)) for line in lines)

    def _counted(self, lines: list[str]) -> Iterator[int]:
        """The same of lines that were read ahead."""
        for number, line in enumerate(lines, 1):
            self.offset, self.line = self.offset + len(line), number
            yield int(not self._is_blank(line))

    def _is_blank(self, line: str) -> bool:
        if line.isascii() or len(line) > _SHORT:
            return line.isspace()
        return self._decoded(line).isspace()

    def _decoded(self, cell: str) -> str:
        return cell.encode("latin-1").decode(self.layout.encoding, "replace")

    def _table(self, lines: Iterator[str], layout: Table) -> tuple[Iterator[int], Shard]:
        """For each row 1, or 0 where it is blank, from the first one below the header; and what the second
        shard has of the file: the header and what is above that.
        """
        for _ in islice(lines, layout.skip_rows):
            pass
        above = next(lines, "")
        said = separator(self._decoded(above))
        table = replace(layout, delimiter=said) if said else layout
        csv.field_size_limit(max(csv.field_size_limit(), 4 * layout.max_chars))  # which is the process's
        rows = csv.reader(lines if said else chain([above], lines), **csv_settings(table))
        with suppress(csv.Error, DataError):
            first = next(row for row in rows if len(row) > 1 or (row and not self._is_blank(row[0])))
            headed = is_header(list(map(self._decoded, first)), table, self.asked) or False
            settings: dict[str, Any] = {"header": headed}
            if not headed:
                settings |= {"skip_rows": 0, "delimiter": table.delimiter}
            head, head_lines = (self.offset, self.line) if headed else (0, 0)
            below = replace(self.one, head=head, head_lines=head_lines, settings=settings)
            return self._rows(rows, len(first), headed=headed), below
        return iter(()), self.one

    def _rows(self, rows: Iterator[list[str]], width: int, *, headed: bool) -> Iterator[int]:
        """For each row 1, or 0 where it is blank; the first one is known where it is no header."""
        filled_rows = int(not headed)
        yield filled_rows
        while True:
            try:
                for row in rows:
                    here = len(row) > 1 or self._is_filled(row, width)
                    filled_rows += here
                    if here and filled_rows == 1 and headed and len(row) != width:
                        return  # which several rows have to explain
                    yield int(here)
                return
            except csv.Error as error:
                if not goes_on(error):
                    return
            yield 1

    def _is_filled(self, row: list[str], width: int) -> bool:
        return bool(row) and filled([[self._decoded(row[0])]], 2 if width > 1 else 1)[0]


def _up_to_fault(records: Iterator[int]) -> Iterator[int]:
    """Records, up to a line that nobody reads: whoever reads the last shard says what is wrong with it."""
    with suppress(DataError):
        yield from records
