from __future__ import annotations

import io
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.lines import read_lines, split_lines
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
def test_lines_are_the_same_however_text_is_cut(chunks: list[str]) -> None:
    whole = "".join(chunks)

    found = list(split_lines(chunks, name="a", max_chars=1000))

    assert found == list(io.StringIO(whole, newline=""))
    assert "".join(found) == whole


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
    assert refusal_of(b"") == ("standard input: nothing came in\n  pipe in one text per line, or name a file")


def test_binary_is_refused_with_its_line() -> None:
    assert refusal_of(b"oil\nart\x00\x01").startswith(
        "standard input:2: a NUL character, which no text has: this is a binary file"
    )


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
