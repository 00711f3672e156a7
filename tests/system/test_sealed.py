from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.system.sealed import MAX_SEAL_BYTES, Seal, SealError, from_json, seal_bytes, to_json, write

FILES = {"a.bin": [b"one ", b"two"], "empty": [], "b.json": [b"[]"]}


def written(folder: Path) -> Path:
    write(folder / "seal.json", {"format": 1, "of": "\ud83d caf\u00e9"}, FILES)
    return folder / "seal.json"


def refusal(path: Path, name: str = "") -> str:
    with pytest.raises(SealError) as caught:
        seal = Seal.read(path).checked()
        seal.buffer_of(name or "a.bin")
    assert caught.value.path == path.parent / (name or "a.bin") or caught.value.path == path
    return str(caught.value)


def test_what_was_written_in_pieces_comes_back_and_is_described(tmp_path: Path) -> None:
    seal = Seal.read(written(tmp_path)).checked()
    assert {name: seal.bytes_of(name) for name in FILES} == {
        "a.bin": b"one two",
        "empty": b"",
        "b.json": b"[]",
    }
    for name in FILES:
        assert seal.buffer_of(name) == seal.bytes_of(name)
    assert list(seal.about) == ["format", "of", "files", "sha256"]
    assert seal.about["of"] == "\ud83d caf\u00e9"
    assert seal.about["files"]["a.bin"] == {
        "size": 7,
        "sha256": "8ab63e29a4ba14e4e1688f9c15e5af90895421358c945b0431f85d66977bd3d2",
    }


def test_a_flipped_bit_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    path = written(tmp_path)
    random = Random(3)
    for file in (path, tmp_path / "a.bin"):
        content = file.read_bytes()
        for place in range(len(content)):
            flipped = bytearray(content)
            flipped[place] ^= 1 << random.randrange(8)
            file.write_bytes(flipped)
            refusal(path)
        file.write_bytes(content)
    assert Seal.read(path).checked().bytes_of("a.bin") == b"one two"


def test_a_refusal_names_the_file_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "a.bin").write_bytes(b"one tw")
    assert refusal(path) == "a.bin: it has 6 bytes, and seal.json says 7"
    (tmp_path / "a.bin").write_bytes(b"one twO")
    assert refusal(path) == "a.bin: its SHA-256 is not the one in seal.json"
    assert refusal(path, "other") == "other: seal.json does not list it"
    for name in ("bytes_of", "buffer_of"):
        with pytest.raises(SealError, match=r"a\.bin: its SHA-256 is not the one in seal\.json"):
            getattr(Seal.read(path), name)("a.bin")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "this is not JSON with each key once"),
        (b"\xff", "this is not JSON with each key once"),
        (b"[" * 100_000, "this is not JSON with each key once"),
        (b'{"a": 1, "a": 2}', "this is not JSON with each key once"),
        (b"[]", "it is no JSON object"),
        (b"{}", "its own SHA-256 is another"),
        (b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", "its own SHA-256 is another"),
        (seal_bytes({"files": []}), "it lists no files"),
        (seal_bytes({"files": {"a.bin": 7}}), "seal.json does not list it"),
    ],
)
def test_anything_else_in_place_of_the_seal_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(content)
    assert refusal(path).endswith(f": {reason}")


def test_what_is_larger_than_it_may_be_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert Seal.read(path).bytes_of("a.bin", 7) == b"one two"
    with pytest.raises(SealError, match=r"^a\.bin: it has 7 bytes, and more than 6 are not read$"):
        Seal.read(path).bytes_of("a.bin", 6)
    os.truncate(path, MAX_SEAL_BYTES + 1)
    assert refusal(path) == "seal.json: it has 1,048,577 bytes, and more than 1,048,576 are not read"


@pytest.mark.parametrize("size", [True, "7", None, 7.5])
def test_a_stamp_of_another_shape_is_refused(size: object, tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(seal_bytes({"files": {"a.bin": {"size": size}}}))
    assert refusal(path) == f"a.bin: it has 7 bytes, and seal.json says {size}"


def test_a_missing_file_and_a_pipe_are_an_os_error_with_their_path(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "a.bin").unlink()
    os.mkfifo(tmp_path / "pipe")
    seal = Seal.read(path)
    for read in (lambda: seal.buffer_of("a.bin"), lambda: seal.bytes_of("a.bin")):
        with pytest.raises(FileNotFoundError) as caught:
            read()
        assert (caught.value.filename, caught.value.strerror) == (
            str(tmp_path / "a.bin"),
            "there is no such file",
        )
    with pytest.raises(FileNotFoundError):
        Seal.read(tmp_path / "pipe")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec=None), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(json_values)
def test_any_json_comes_back(value: Any) -> None:
    assert from_json(to_json(value)) == value
    assert seal_bytes(json.loads(seal_bytes({"value": value}))) == seal_bytes({"value": value})
