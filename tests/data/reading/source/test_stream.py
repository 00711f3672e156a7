from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.formats import LAYOUTS
from nlpkit.data.reading.readers import Reading, read_lines
from nlpkit.data.reading.source.stream import Stream
from nlpkit.errors import DataError

CHUNKS = st.lists(st.text("ab\r\n\u2028\x85\x0b", min_size=1, max_size=5))


class Slow(io.RawIOBase):
    """A stream that gives one of its pieces each time it is asked."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces

    def read1(self, size: int) -> bytes:
        return next(self.pieces, b"")


def refusal_of(content: bytes, **options: int) -> str:
    with pytest.raises(DataError) as refusal:
        list(read_lines(io.BytesIO(content), **options))
    return str(refusal.value)


@given(CHUNKS)
def test_lines_of_a_stream_have_no_breaks_and_lose_nothing_else(chunks: list[str]) -> None:
    content = "".join(chunks).encode()
    if not content:
        return

    found = list(read_lines(Slow(piece.encode() for piece in chunks)))

    assert found == content.decode().replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def test_an_endless_stream_is_read_as_it_comes() -> None:
    stream = Slow(b"%d\n" % number for number in itertools.count())

    assert list(itertools.islice(read_lines(stream), 3)) == ["0", "1", "2"]


def test_a_line_is_given_before_the_next_is_written() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one\n"
        raise AssertionError("asked for more than was needed")

    assert next(read_lines(Slow(pieces()))) == "one"


def test_blank_lines_are_lines() -> None:
    assert list(read_lines(io.BytesIO(b"\n \noil"))) == ["", " ", "oil"]


def test_nothing_at_all_is_refused() -> None:
    assert refusal_of(b"") == "standard input: nothing came in\n  pipe in texts, or name a file"


def test_binary_is_refused_with_its_line() -> None:
    assert refusal_of(b"oil\nart\x00\x01").startswith(
        "standard input:2: a NUL character, which no text has: this is a binary file"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"oil\n"), "packed with gzip, not text\n  unpack it with gzip -dc"),
        (bz2.compress(b"oil\n"), "packed with bzip2, not text\n  unpack it with bzip2 -dc"),
        (lzma.compress(b"oil\n"), "packed with xz, not text\n  unpack it with xz -dc"),
        (b"PK\x03\x04oil\n", "a zip archive, not text\n  pipe in text"),
    ],
    ids=["gzip", "bzip2", "xz", "zip"],
)
def test_packed_files_are_refused_by_name(content: bytes, said: str) -> None:
    assert refusal_of(content).startswith(f"standard input: this is {said}")


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    assert refusal_of(b"oil\nart\ncaf\xe9\n").startswith(
        "standard input:3: byte 0xe9 at offset 11 is not UTF-8"
    )


def test_bytes_that_are_no_text_are_replaced_where_that_is_asked_for() -> None:
    assert list(read_lines(io.BytesIO(b"caf\xe9\n"), errors="replace")) == ["caf\ufffd"]


@pytest.mark.parametrize("content", [b"oil\n" + b"x" * 11 + b"\n", b"oil\n" + b"x" * 500_000])
def test_a_line_that_is_too_long_is_refused(content: bytes) -> None:
    assert refusal_of(content, max_chars=10).startswith(
        "standard input:2: more than 10 characters in one text"
    )


def test_a_long_line_is_read_whole() -> None:
    content = b"x" * 1_000_000

    assert list(read_lines(io.BytesIO(content))) == [content.decode()]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert list(read_lines(io.BytesIO(b"\xef\xbb\xbfoil\n"))) == ["oil"]


ROWS = {
    "csv": ("text,by\n", '"oil\n""up""",{}\n'),
    "tsv": ("text\tby\n", "oil\t{}\n"),
    "jsonl": ("", '{{"text": "oil", "by": {}}}\n'),
    "fasttext": ("", "__label__x oil {}\n"),
    "txt": ("", "oil {}\n"),
}


@pytest.fixture
def pipe() -> Iterator[tuple[Any, int]]:
    """The end of a pipe to read from, and the one to write to."""
    with ExitStack() as stack:
        ends = os.pipe()
        yield stack.enter_context(os.fdopen(ends[0], "rb")), ends[1]


@pytest.mark.parametrize("format", ROWS)
def test_every_record_is_given_before_more_is_waited_for(format: str, pipe: tuple[Any, int]) -> None:
    head, row = ROWS[format]
    source, end = pipe
    given: list[str] = []
    known: list[int] = []
    rows = [row.format(number) for number in range(5)]
    writes = [head + rows[0], rows[1] + rows[2], rows[3] + rows[4][:5], rows[4][5:]]

    def write_more() -> None:
        known.append(len(given))
        if writes:
            os.write(end, writes.pop(0).encode())
        else:
            os.close(end)

    asked = Asked(label=False)
    for columns in Reading(Stream(source, write_more), LAYOUTS[format](), asked):
        given += columns.texts

    assert known[:6] == [0, 1, 3, 4, 5]


def test_a_fast_stream_is_read_many_records_at_a_time(pipe: tuple[Any, int]) -> None:
    source, end = pipe
    os.write(end, b"text\n" + b"oil up\n" * 8000)
    os.close(end)

    pieces = [len(each.texts) for each in Reading(Stream(source), LAYOUTS["csv"](), Asked(label=False))]

    assert sum(pieces) == 8000
    assert max(pieces) == 1024


@given(st.data())
def test_a_table_in_a_stream_is_the_same_however_it_is_cut(data: st.DataObject) -> None:
    content = b'id,text\n1,"a\nb"\r\n\r\n2,"c ""d"""\n3,\n'
    cuts = sorted(data.draw(st.sets(st.integers(1, len(content) - 1))))
    pieces = (content[start:end] for start, end in itertools.pairwise([0, *cuts, len(content)]))

    found = list(Reading(Stream(Slow(pieces)), LAYOUTS["csv"](), Asked(label=False, others=("id",))))

    assert [text for each in found for text in each.texts] == ["a\nb", 'c "d"', ""]
    assert [cell for each in found for cell in each.others[0]] == ["1", "2", "3"]
    assert [line for each in found for line in each.lines] == [2, 5, 6]


def test_an_index_that_the_header_does_not_name_is_found_in_a_stream() -> None:
    content = b"text,by\n" + b"".join(b'"%d",oil,x\n' % row for row in range(3))
    reading = Reading(Stream(io.BytesIO(content)), LAYOUTS["csv"](), Asked(label=False))

    assert [text for each in reading for text in each.texts] == ["oil"] * 3
    assert "took the first cell of each row for an index" in str(reading.notes.all()[0])


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl", "fasttext"])
def test_a_stream_of_spaces_is_refused(format: str) -> None:
    with pytest.raises(DataError, match=r"^standard input: (no text came in|there are no rows)\n"):
        list(Reading(Stream(io.BytesIO(b"\n\n")), LAYOUTS[format](), Asked(label=False)))
