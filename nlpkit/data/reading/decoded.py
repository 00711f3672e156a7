"""The bytes of an open file as text: chunk by chunk, and line by line."""

from __future__ import annotations

from collections.abc import Iterator

from nlpkit.data.reading.compressed import pieces
from nlpkit.data.reading.decode import Decoding
from nlpkit.data.reading.files import HashedFile
from nlpkit.data.reading.layout import Encoded
from nlpkit.data.reading.lines import CHARS_A_LINE, split_lines
from nlpkit.data.reading.notes import FileNotes
from nlpkit.errors import DataError


def chunks_of(file: HashedFile, layout: Encoded, notes: FileNotes) -> Iterator[str]:
    """The text of a file, unpacked and decoded, in chunks."""
    lines = notes.counting("line")
    return Decoding(notes.name, layout.encoding, layout.errors, lines).chunks(pieces(file))


def lines_of(chunks: Iterator[str], layout: Encoded, notes: FileNotes) -> Iterator[str]:
    """Its lines, each with the break that ends it."""
    return split_lines(chunks, name=notes.name, max_chars=CHARS_A_LINE * layout.max_chars)


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
