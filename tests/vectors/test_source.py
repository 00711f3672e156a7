from __future__ import annotations

import gzip
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlpkit.errors import DataError
from nlpkit.vectors import read_vectors
from nlpkit.vectors.source import Source, open_source
from nlpkit.vocab import Vocab


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_vectors(path, Vocab(["w3"]), 3)
    return str(caught.value).replace(str(path), "PATH")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "PATH: the file is empty"),
        (b" \n\n", "PATH: the file is empty"),
        (gzip.compress(b""), "PATH: the file is empty"),
        (b"PK\x03\x04" + bytes(50), "PATH: this is a zip archive, not word vectors"),
        (b"\x80\x04K\x01.", "PATH: this is a pickle, not word vectors"),
        ("cat 1 2 3".encode("utf-16"), "PATH: this is UTF-16 text, not word vectors"),
    ],
)
def test_what_is_no_vectors_file_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path / "words.any", content).startswith(message)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in [("none", "no such file"), ("", "this is a folder"), ("pipe", "not a regular file")]:
        with pytest.raises(DataError, match=message):
            read_vectors(tmp_path / name, Vocab([]), 3)


def test_a_gzip_file_cut_off_or_damaged_is_refused(tmp_path: Path) -> None:
    lines = [f"w{number} {number} {number / 7} {-number / 3}\n" for number in range(999)]
    packed = gzip.compress("".join(lines).encode())
    for damaged in (packed[:-9], packed[:500] + bytes(50) + packed[550:], packed[:-8] + bytes(8)):
        assert refusal(tmp_path / "words.gz", damaged).startswith("PATH at byte 0: gzip: ")


def source(tmp_path: Path, content: bytes) -> Iterator[Source]:
    path = tmp_path / "bytes"
    path.write_bytes(content)
    with open_source(path) as opened:
        yield opened


def test_a_look_ahead_takes_nothing(tmp_path: Path) -> None:
    for opened in source(tmp_path, b"abc"):
        assert (opened.peek(2), opened.peek(9), opened.offset) == (b"ab", b"abc", 0)


def test_pieces_are_taken_in_order_across_the_blocks_that_are_read(tmp_path: Path) -> None:
    content = random.Random(13).randbytes(3_000_000)
    for opened in source(tmp_path, b"x" + content):
        taken = opened.take(1, "it") + opened.take(1_500_000, "it")
        assert opened.offset == 1_500_001
        assert taken + opened.take(1_500_000, "it") == b"x" + content
        with pytest.raises(DataError, match=r"at byte 3,000,001: the file ends inside the tail"):
            opened.take(1, "the tail")


def test_a_word_ends_at_its_separator_and_is_never_too_long(tmp_path: Path) -> None:
    for opened in source(tmp_path, b"one two" + b"o" * 70_000):
        assert (opened.until(b" ", "it"), opened.offset) == (b"one", 4)
        with pytest.raises(DataError, match=r"at byte 4: the word is longer than 65,536 bytes"):
            opened.until(b" ", "the word")


def test_a_line_keeps_its_end_and_is_never_longer_than_its_limit(tmp_path: Path) -> None:
    for opened in source(tmp_path, b"one\ntwo-and-more\nlast"):
        assert [opened.line(6) for _ in range(6)] == [b"one\n", b"two-an", b"d-more", b"\n", b"last", b""]


def test_numbers_are_little_endian(tmp_path: Path) -> None:
    for opened in source(tmp_path, b"\x01\0\0\0\x02" + bytes(7)):
        assert opened.numbers("iq", "numbers") == (1, 2)
