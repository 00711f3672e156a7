from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nlpkit.data.reading.source import compressed
from nlpkit.data.texts import SourceFile
from nlpkit.data.vectors.reading import read_vectors
from nlpkit.data.vectors.source import Source, open_source
from nlpkit.errors import DataError
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
        (gzip.compress(b"", mtime=0), "PATH: the file is empty"),
        (b"PK\x03\x04" + bytes(50), "PATH: this is a zip archive, not word vectors"),
        (
            b"\x80\x04K\x01.",
            "PATH: this is a pickle, not word vectors\n"
            "  it is never loaded; save the vectors with save_word2vec_format",
        ),
        ("cat 1 2 3".encode("utf-16"), "PATH: this is UTF-16 text, not word vectors"),
    ],
)
def test_what_is_no_vectors_file_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path / "words.any", content).startswith(message)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refusals = {
        "none": "there is no such file",
        "": "this is a folder, not a file",
        "pipe": "this is a pipe, not a file",
    }
    for name, message in refusals.items():
        with pytest.raises(DataError, match=message):
            read_vectors(tmp_path / name, Vocab([]), 3)


LINES = "".join(f"w{number} {number} {number / 7} {-number / 3}\n" for number in range(999)).encode()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_read_and_described_by_its_packed_bytes(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "words.any"
    path.write_bytes(pack(LINES))
    found = read_vectors(path, Vocab(["w7"]), 3)
    assert found.vectors.tolist() == [[7, 1, np.float32(-7 / 3)]]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.file == SourceFile("words.any", path.stat().st_size, sha256)


def test_all_of_a_file_is_hashed_where_its_vectors_end_before_it(tmp_path: Path) -> None:
    content = b"1 3\nw3 " + np.ones(3, "<f4").tobytes() + bytes(1_000_000)
    (tmp_path / "words.bin").write_bytes(content)
    found = read_vectors(tmp_path / "words.bin", Vocab(["w3"]), 3)
    assert found.file == SourceFile("words.bin", len(content), hashlib.sha256(content).hexdigest())


def test_a_gzip_file_cut_off_or_damaged_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(LINES)
    broken = "PATH: this is no intact gzip file\n  copy or download it again"
    damages = {
        packed[:-9]: "PATH: the gzip file ends too early\n  copy or download it again",
        packed[:500] + bytes(50) + packed[550:]: broken,
        packed[:-8] + bytes(8): broken,
    }
    for damaged, message in damages.items():
        assert refusal(tmp_path / "words.gz", damaged) == message


def test_a_file_that_unpacks_to_far_more_than_vectors_do_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed, "SMALL_BYTES", 1 << 20)
    said = refusal(tmp_path / "words.gz", gzip.compress(b"w1 1 1 1\n" * 1_000_000))
    assert "packed bytes unpack to more than " in said
    assert "too much for word vectors\n  unpack the file yourself if you trust it" in said


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "words.txt"
    real = Source.line

    def line(self: Source, limit: int) -> bytes:
        os.utime(path, ns=(1, 1))
        return real(self, limit)

    monkeypatch.setattr(Source, "line", line)
    said = "PATH: the file changed while it was being read\n"
    assert (
        refusal(path, b"w3 1 2 3\n") == said + "  wait until nothing writes to it any more, then start again"
    )


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
