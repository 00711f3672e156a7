from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from nlpkit.text.store import folder
from nlpkit.text.store.entry import read, write
from nlpkit.text.store.folder import clear, entries, evict, remove, store_folder

NAMES = [letter * 64 for letter in "abc"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path / "cache"))


def written(name: str, *, last_used: float = 5000, texts: int = 3) -> Path:
    path = store_folder() / name
    parts = {"train": (np.arange(texts + 1), [np.arange(texts, dtype=np.int32)])}
    write(path, parts, ["x"], {"source": "a.csv", "made_with": [{"name": "unicode", "by": "nlpkit-toolkit"}]})
    os.utime(path / "entry.json", (last_used, last_used))
    return path


def size_of(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir())


def test_without_a_folder_there_are_no_entries(tmp_path: Path) -> None:
    assert entries() == []
    assert clear() == (0, 0)
    (tmp_path / "cache").touch()
    assert entries() == []
    assert clear() == (0, 0)


def test_entries_are_listed_with_the_one_last_used_first() -> None:
    first = written(NAMES[0], last_used=1000, texts=7)
    written(NAMES[1], last_used=2000)
    found = entries()
    assert [entry.key for entry in found] == [NAMES[1], NAMES[0]]
    assert found[1] == folder.Listed(NAMES[0], "a.csv", "unicode", 7, 7, size_of(first), 1000, "ready")


def test_a_damaged_and_a_stale_entry_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (written(NAMES[0]) / "train.ids").unlink()
    (written(NAMES[1]) / "entry.json").unlink()
    written(NAMES[2])
    monkeypatch.setattr(folder, "stale", lambda about: True)
    assert {entry.key: entry.state for entry in entries()} == dict(
        zip(NAMES, ["damaged", "damaged", "stale"], strict=True)
    )
    assert next(entry.last_used for entry in entries() if entry.key == NAMES[1]) == 0


def test_clearing_removes_all_entries_and_says_what_they_took() -> None:
    total = sum(size_of(written(name)) for name in NAMES)
    assert clear() == (3, total)
    assert not store_folder().exists()


def test_clearing_touches_nothing_else_and_follows_no_link(tmp_path: Path) -> None:
    inside = written(NAMES[0])
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "entry.json").touch()
    (outside / "precious").touch()
    (store_folder() / NAMES[1]).symlink_to(outside)
    (inside / "link").symlink_to(outside)
    (store_folder() / "notes.txt").touch()
    (store_folder() / "mine").mkdir()
    assert clear()[0] == 2
    assert sorted(path.name for path in outside.iterdir()) == ["entry.json", "precious"]
    assert sorted(path.name for path in store_folder().iterdir()) == ["mine", "notes.txt"]


def test_a_store_that_is_a_link_is_not_cleared(tmp_path: Path) -> None:
    path = written(NAMES[0])
    elsewhere = tmp_path / "elsewhere"
    store_folder().rename(elsewhere)
    store_folder().symlink_to(elsewhere)
    assert entries() == []
    assert clear() == (0, 0)
    assert (elsewhere / path.name / "entry.json").exists()


def test_a_file_in_place_of_an_entry_is_removed_as_well() -> None:
    store_folder().mkdir(parents=True)
    (store_folder() / NAMES[0]).touch()
    assert [entry.state for entry in entries()] == ["damaged"]
    assert clear() == (1, 0)


def test_what_is_removed_is_no_entry_from_the_first_moment_on(monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(NAMES[0])
    monkeypatch.setattr(folder.shutil, "rmtree", lambda path: None)
    remove(path)
    assert not (path / "entry.json").exists()
    assert (path / "train.ids").exists()


def test_those_not_used_for_longest_are_evicted_and_the_new_one_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = [written(name, last_used=1000 * place) for place, name in enumerate(NAMES, 1)]
    size = size_of(paths[0])
    for bound, kept in [(3 * size, NAMES), (3 * size - 1, NAMES[1:]), (size, NAMES[1:2]), (0, NAMES[1:2])]:
        monkeypatch.setattr(folder, "MAX_BYTES", bound)
        evict(kept=paths[1])
        assert sorted(path.name for path in store_folder().iterdir()) == kept


def test_using_an_entry_keeps_it_from_being_evicted(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(name, last_used=1000 * place) for place, name in enumerate(NAMES, 1)]
    read(paths[0])
    monkeypatch.setattr(folder, "MAX_BYTES", 2 * size_of(paths[0]))
    evict(kept=paths[2])
    assert sorted(path.name for path in store_folder().iterdir()) == [NAMES[0], NAMES[2]]


def test_an_entry_that_cannot_be_removed_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(name, last_used=1000 * place) for place, name in enumerate(NAMES, 1)]
    real = folder.remove

    def refused(path: Path) -> None:
        if path == paths[0]:
            raise PermissionError(13, "Permission denied", str(path))
        real(path)

    monkeypatch.setattr(folder, "remove", refused)
    monkeypatch.setattr(folder, "MAX_BYTES", size_of(paths[0]))
    evict(kept=paths[2])
    assert sorted(path.name for path in store_folder().iterdir()) == [NAMES[0], NAMES[2]]
