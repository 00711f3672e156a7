"""The bytes of an open file or a stream as text: chunk by chunk, and line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nlpkit.data.reading.layout import Encoded, TxtLayout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.source.compressed import pieces
from nlpkit.data.reading.source.decode import Decoding
from nlpkit.data.reading.source.files import HashedFile
from nlpkit.data.reading.source.lines import CHARS_A_LINE, Lines
from nlpkit.data.reading.source.stream import Stream
from nlpkit.errors import DataError


def chunks_of(source: HashedFile | Stream, layout: Encoded, notes: FileNotes) -> Iterator[str]:
    """The text of a file, unpacked and decoded, or of a stream, in chunks."""
    decoding = Decoding(notes.name, layout.encoding, layout.errors, notes.counting("line"))
    return decoding.chunks(source.pieces() if isinstance(source, Stream) else pieces(source))


def lines_of(chunks: Iterable[str], source: HashedFile | Stream, layout: Encoded, notes: FileNotes) -> Lines:
    """The lines of the chunks of a source, each with the break that ends it."""
    return Lines(
        chunks,
        name=notes.name,
        max_chars=layout.max_chars * (1 if isinstance(layout, TxtLayout) else CHARS_A_LINE),
        idle=lambda: isinstance(source, Stream) and source.idle,
    )


def not_blank(chunks: Iterator[str], name: str) -> Iterator[str]:
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
