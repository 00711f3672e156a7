from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.reading.source import compressed
from nlpkit.data.reading.source.compressed import pieces, whole, without_packing
from nlpkit.data.reading.source.files import HashedFile
from nlpkit.data.texts import SourceFile
from nlpkit.errors import DataError

Written = Callable[[str, bytes], Path]
PACK: dict[str, Callable[[bytes], bytes]] = {
    "a.gz": gzip.compress,
    "a.bz2": bz2.compress,
    "a.xz": lzma.compress,
    "a": bytes,
}


def content_of(path: Path) -> bytes:
    with HashedFile(path) as file:
        return b"".join(pieces(file))


@pytest.mark.parametrize("name", PACK)
def test_what_was_packed_comes_back(written: Written, name: str) -> None:
    content = random.Random(0).randbytes(700_000)

    assert content_of(written(name, PACK[name](content))) == content


@pytest.mark.parametrize("name", ["a.gz", "a.bz2", "a.xz"])
def test_packed_files_one_after_the_other_are_read_as_one(written: Written, name: str) -> None:
    path = written(name, PACK[name](b"one ") + PACK[name](b"two"))

    assert content_of(path) == b"one two"


@pytest.mark.parametrize("name", ["a.gz", "a.bz2", "a.xz"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_packed_file_that_is_cut_off_is_refused(written: Written, name: str, share: float) -> None:
    packed = PACK[name](random.Random(0).randbytes(10_000))

    with pytest.raises(DataError, match=r"the (gzip|bzip2|xz) file ends too early"):
        content_of(written(name, packed[: int(len(packed) * share)]))


@pytest.mark.parametrize("name", ["a.gz", "a.bz2", "a.xz"])
def test_a_file_that_unpacks_to_far_more_than_text_does_is_refused_at_the_cap(
    written: Written, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed, "SMALL_BYTES", 1 << 20)
    monkeypatch.setattr(compressed, "MAX_RATIO", 20)
    path = written(name, PACK[name](b"bomb" * (1 << 20)))
    given = 0

    with HashedFile(path) as file, pytest.raises(DataError) as refusal:
        for piece in pieces(file):
            given += len(piece)

    assert given <= 1 << 20
    assert "packed bytes unpack to more than 1,048,576, too much for text" in str(refusal.value)
    assert refusal.value.hint == "unpack the file yourself if you trust it, and name the unpacked one"


def test_the_cap_grows_with_the_file(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "SMALL_BYTES", 1)
    content = random.Random(0).randbytes(10_000)

    assert content_of(written("a.gz", gzip.compress(content))) == content


@pytest.mark.parametrize("pack", PACK.values())
def test_a_file_is_read_as_what_it_is_whatever_its_name(
    written: Written, pack: Callable[[bytes], bytes]
) -> None:
    for name in PACK:
        assert content_of(written(name, pack(b"text,label"))) == b"text,label"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_of_nothing_is_read_as_nothing(
    written: Written, pack: Callable[[bytes], bytes]
) -> None:
    assert content_of(written("a", pack(b""))) == b""


def test_all_of_a_file_comes_with_what_it_was(written: Written) -> None:
    packed = lzma.compress(b"one two")

    content, file = whole(written("a.txt", packed))

    assert content == b"one two"
    assert file == SourceFile("a.txt", len(packed), hashlib.sha256(packed).hexdigest())


def unpacked_size(path: Path) -> int:
    with HashedFile(path) as file:
        return sum(map(len, pieces(file)))


def test_a_small_file_may_unpack_to_8_mib_and_no_more(written: Written) -> None:
    most = 8 << 20

    assert unpacked_size(written("a.gz", gzip.compress(bytes(most), 9))) == most
    with pytest.raises(DataError, match="packed bytes unpack to more than 8,388,608, too much for text"):
        unpacked_size(written("b.gz", gzip.compress(bytes(most + 1), 9)))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_bomb_is_refused_long_before_all_of_it_is_read(
    written: Written, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b"a,b\n" * (16 << 20)) + pack(random.Random(0).randbytes(1 << 20))
    given = 0

    with HashedFile(written("a", bomb)) as file, pytest.raises(DataError, match="packed bytes unpack to"):
        for piece in pieces(file):
            given += len(piece)

    assert given < 10 << 20
    assert file.read_size < 1 << 16


def test_a_large_file_may_unpack_to_200_times_its_size_and_no_more(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed, "SMALL_BYTES", 0)
    packed = gzip.compress(bytes(200_000))

    assert unpacked_size(written("a.gz", packed.ljust(1_000, b"\0"))) == 200_000  # padding is allowed
    with pytest.raises(DataError, match=" 999 packed bytes unpack to more than 199,800, too much for text"):
        unpacked_size(written("b.gz", packed.ljust(999, b"\0")))


def test_a_zstandard_file_is_refused(written: Written) -> None:
    with pytest.raises(DataError, match="this is a zstandard file, not text"):
        content_of(written("a.csv", b"\x28\xb5\x2f\xfd and so on"))


def test_only_an_ending_that_says_a_packing_is_taken_off() -> None:
    assert without_packing(Path("x/train.csv.GZ")) == Path("x/train.csv")
    assert without_packing(Path("x/train.csv")) == Path("x/train.csv")
