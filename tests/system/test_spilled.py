from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.system import spilled
from nlpkit.system.spilled import SpilledBytes


@pytest.fixture(autouse=True)
def few_bytes_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilled, "IN_MEMORY", 8)


def filled(*blocks: bytes) -> SpilledBytes:
    found = SpilledBytes()
    for block in blocks:
        found.append(block)
    return found


@given(st.lists(st.binary(max_size=6), max_size=8))
def test_the_bytes_are_those_that_were_added_whether_in_memory_or_in_a_file(blocks: list[bytes]) -> None:
    found = SpilledBytes()
    for done, block in enumerate(blocks, 1):
        found.append(block)
        assert bytes(found.view()) == b"".join(blocks[:done])
        assert len(found) == len(b"".join(blocks[:done]))
        found.let_go()
        assert bytes(found.view()) == b"".join(blocks[:done])


def test_many_bytes_are_in_a_file_that_no_folder_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = filled(b"12345678", b"9")
    assert bytes(found.view()) == b"123456789"
    assert type(found.view().obj).__name__ == "mmap"
    assert list(tmp_path.iterdir()) == []


def test_a_view_outlives_what_is_added_after_it() -> None:
    found = filled(b"123456789")
    before = found.view()
    found.append(b"0")
    assert (bytes(before), bytes(found.view())) == (b"123456789", b"1234567890")


def test_without_a_place_for_a_file_all_stays_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    found = filled(b"12345678", b"9", b"0")
    assert bytes(found.view()) == b"1234567890"
    assert isinstance(found.view().obj, bytearray)


@pytest.mark.parametrize("room", [0, 5, 9, 11])
def test_a_disk_that_fills_up_costs_memory_and_nothing_else(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, write = room, os.write

    def until_full(file: int, block: memoryview) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, "no space left on device")
        taken = write(file, block[:left])
        left -= taken
        return taken

    monkeypatch.setattr(os, "write", until_full)
    found = filled(b"1234567", b"89", b"0abc", b"d")
    monkeypatch.undo()
    assert bytes(found.view()) == b"1234567890abcd"
    assert isinstance(found.view().obj, bytearray)
