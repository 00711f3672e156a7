"""Text to lines, which end in LF, CRLF or CR and in nothing else; also lines of standard input."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from nlpkit.data.reading.decode import Decoding, Errors
from nlpkit.data.reading.notes import FileNotes, line_breaks
from nlpkit.errors import DataError

MAX_CHARS = 1_000_000
# A line may hold several texts, and JSON writes some characters as six.
CHARS_A_LINE = 10
_STREAM_PIECE_SIZE = 1 << 16


def split_lines(chunks: Iterable[str], *, name: str, max_chars: int) -> Iterator[str]:
    """The lines of a text that comes in chunks, each with the break that ends it.

    A line of more than `max_chars` characters is refused, so that memory stays bounded.
    """
    return chain.from_iterable(_whole_lines(chunks, name, max_chars))  # no Python for each line


def _whole_lines(chunks: Iterable[str], name: str, max_chars: int) -> Iterator[Iterable[str]]:
    pending: list[str] = []
    pending_chars = 0
    line = 1
    held = ""  # a CR that may be the first half of a CRLF
    for chunk in chunks:
        chunk = held + chunk
        held = "\r" if chunk.endswith("\r") else ""
        chunk = chunk.removesuffix("\r")
        cut = max(chunk.rfind("\n"), chunk.rfind("\r")) + 1
        if cut:
            whole = "".join(pending) + chunk[:cut]
            yield io.StringIO(whole, newline="")
            line += line_breaks(whole)
            pending, pending_chars = [], 0
        pending.append(chunk[cut:])
        pending_chars += len(chunk) - cut
        if pending_chars > max_chars:
            raise too_long(f"{name}:{line}", max_chars)
    if last := "".join(pending) + held:
        yield [last]


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
    chunks = Decoding(name, encoding, errors, FileNotes(name)).chunks(_pieces(stream, name))
    lines = split_lines(chunks, name=name, max_chars=max_chars)
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if len(text) > max_chars:
            raise too_long(f"{name}:{number}", max_chars)
        yield text


def too_long(location: str, max_chars: int) -> DataError:
    """The refusal of a line or a text of more than `max_chars` characters."""
    return DataError(
        f"more than {max_chars:,} characters in one text",
        hint="raise max_chars if that is right, or look for a missing line break or quote",
        location=location,
    )


def _pieces(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """What the stream has ready, piece by piece: a slow writer is not waited for to fill one."""
    read = getattr(stream, "read1", stream.read)
    if not (piece := read(_STREAM_PIECE_SIZE)):
        raise DataError("nothing came in", hint="pipe in one text per line, or name a file", location=name)
    yield piece
    yield from iter(lambda: read(_STREAM_PIECE_SIZE), b"")
