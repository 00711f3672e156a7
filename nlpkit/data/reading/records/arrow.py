"""Parquet, Arrow and Feather files, by pyarrow: the wanted columns, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.data.reading.columns import PIECE_ROWS, Asked, Columns, wanted_columns
from nlpkit.data.reading.layout import Objects
from nlpkit.data.reading.notes import FileNotes, printable
from nlpkit.data.reading.records.objects import Collected
from nlpkit.data.reading.source.files import HashedFile
from nlpkit.data.reading.source.magic import format_set, other_kind, packing
from nlpkit.data.reading.source.remote import RemotePath
from nlpkit.data.reading.source.shard import ShardFile
from nlpkit.errors import DataError, MissingError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

_PAGE_BYTES = 1 << 20
_MARK_BYTES = 32


def read_arrow(file: HashedFile, layout: Objects, asked: Asked, notes: FileNotes) -> Iterator[Columns]:
    """The wanted columns of a file in any of these formats, whichever it has."""
    check_kind(file, layout)
    wanted = list(dict.fromkeys(wanted_columns(layout, asked)))
    collected, row = Collected(layout, asked, notes), 0
    with _faults(notes.name):
        for batch in _batches(file, list(map(str, wanted)), notes):
            batch.validate(full=True)
            for start in range(0, batch.num_rows, PIECE_ROWS):
                for record in batch.slice(start, PIECE_ROWS).to_pylist():
                    row += 1
                    collected.add(record, row, odd=any("\0" in str(value) for value in record.values()))
                yield collected.taken()
    if not row:
        raise DataError("the file has no rows", hint="name a file with rows in it", location=notes.name)


def first_rows(file: HashedFile, notes: FileNotes, count: int) -> list[dict[str, Any]]:
    """The first rows of a file in any of these formats, at most so many, with all their columns."""
    with _faults(notes.name):
        batch = next(_batches(file, None, notes), None)
        return [] if batch is None else batch.slice(0, count).to_pylist()


def check_kind(file: HashedFile, layout: Objects) -> None:
    """Refuse what is in none of these formats."""
    head = file.peek(_MARK_BYTES)
    kind = other_kind(head)
    if kind and kind.format:
        return
    packed = packing(head)
    what = f"a {packed} file" if packed else kind.what if kind else "a file of another format"
    way_out = (
        kind.way_out.format(save=file.wanted.save) if kind else f"set the format that it has, {format_set()}"
    )
    raise DataError(
        f"this is {what}, not {'a Parquet' if layout.format == 'parquet' else 'an Arrow'} file",
        hint="unpack it and name the file in it" if packed else way_out,
        location=str(file.path),
    )


def _batches(file: HashedFile, wanted: list[str] | None, notes: FileNotes) -> Iterator[pa.RecordBatch]:
    """The wanted columns of all rows, or all of them, in batches; the file says how much of it was read."""
    pa = _pyarrow()
    with _source(file.path) as source:
        if file.peek(4) == b"PAR1":
            yield from _of_parquet(source, file, wanted, notes.name)
        elif file.peek(6) == b"ARROW1":
            reader = pa.ipc.open_file(source)
            reader = pa.ipc.open_file(source, options=_only(reader.schema, wanted, notes.name))
            for number in groups_of(file, reader.num_record_batches):
                yield reader.get_batch(number)
                file.seen_fraction = (number + 1) / reader.num_record_batches
        else:
            yield from _of_stream(source, file, wanted, notes)


def group_sizes(path: Path) -> list[tuple[int, int]]:
    """Of each group of rows in a Parquet or an Arrow file how many rows and how many bytes are in it; none
    of a stream of Arrow, which has one group after the other and no list of them.
    """
    pa = _pyarrow()
    with _faults(str(path)), HashedFile(path) as file:
        mark = file.peek(6)
        if mark.startswith(b"PAR1"):
            from pyarrow.parquet import read_metadata

            with _source(path) as source:
                about = read_metadata(source)
            groups = map(about.row_group, range(about.num_row_groups))
            return [(group.num_rows, group.total_byte_size) for group in groups]
        if mark != b"ARROW1":
            return []
        with _source(path) if isinstance(path, RemotePath) else pa.memory_map(str(path)) as source:
            reader = pa.ipc.open_file(source)
            batches = map(reader.get_batch, range(reader.num_record_batches))
            return [(batch.num_rows, batch.nbytes) for batch in batches]


def _source(path: Path) -> Any:
    """A file as pyarrow reads it."""
    pa = _pyarrow()
    return pa.PythonFile(path.open("rb")) if isinstance(path, RemotePath) else pa.OSFile(str(path))


def groups_of(file: HashedFile, count: int) -> range:
    """Which groups of rows are read of a file that has so many."""
    if not isinstance(file, ShardFile) or file.shard.end is None:
        return range(count)
    return range(file.shard.start, file.shard.end)


def _of_stream(
    source: Any, file: HashedFile, wanted: list[str] | None, notes: FileNotes
) -> Iterator[pa.RecordBatch]:
    """The batches up to the mark that ends a stream, which may be left out: then rows may be missing."""
    ipc = _pyarrow().ipc
    schema = ipc.open_stream(source).schema
    source.seek(0)
    rows = read = 0
    for batch in ipc.open_stream(source, options=_only(schema, wanted, notes.name)):
        yield batch
        rows, read = rows + batch.num_rows, source.tell()
        file.seen_fraction = read / file.size
    if source.tell() < file.size:
        raise DataError(
            "the file goes on after the end of the stream",
            hint="write one stream a file",
            location=notes.name,
        )
    if source.tell() == read:
        notes.add("the mark at the end of the stream is missing, and rows below this one may be", [rows])


def _of_parquet(
    source: Any, file: HashedFile, wanted: list[str] | None, name: str
) -> Iterator[pa.RecordBatch]:
    from pyarrow.parquet import ParquetFile

    parquet = ParquetFile(source, buffer_size=_PAGE_BYTES, pre_buffer=False)
    _check_names(parquet.schema_arrow.names, wanted or [], name)
    rows, groups = 0, list(groups_of(file, parquet.num_row_groups))
    for batch in parquet.iter_batches(PIECE_ROWS, groups, columns=wanted, use_threads=False):
        yield batch
        rows += batch.num_rows
        file.seen_fraction = rows / max(parquet.metadata.num_rows, 1)


def _only(schema: pa.Schema, wanted: list[str] | None, name: str) -> Any:
    if wanted is None:
        return None
    _check_names(schema.names, wanted, name)
    fields = [schema.names.index(each) for each in wanted]
    return _pyarrow().ipc.IpcReadOptions(included_fields=fields, use_threads=False)


def _check_names(names: list[str], wanted: list[str], name: str) -> None:
    for each in wanted:
        if names.count(each) != 1:
            there = f"the column {each!r} more than once" if each in names else f"no column {each!r}"
            hint = "give each its own name" if each in names else did_you_mean(each, map(printable, names))
            raise DataError(f"the file has {there}", hint=hint, location=name)


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError as error:
        raise MissingError(
            "Parquet and Arrow files need pyarrow",
            hint="install it with: pip install 'nlpkit-toolkit[arrow]'",
        ) from error
    return pyarrow


@contextmanager
def _faults(name: str) -> Iterator[None]:
    """What pyarrow raises of a damaged file, in words."""
    pa = _pyarrow()
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        if isinstance(error, DataError):
            raise
        reason = str(error).split("\n", 1)[0][:100]
        raise DataError(
            f"this file is damaged: {reason}", hint="write or download it again", location=name
        ) from error
