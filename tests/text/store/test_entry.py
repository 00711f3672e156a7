from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.errors import ConfigError, StorageError
from nlpkit.ragged import Ragged
from nlpkit.system.sealed import SealError
from nlpkit.text.store import entry
from nlpkit.text.store.entry import read, seal_of, stale, write

ABOUT: dict[str, Any] = {
    "source": "a.csv",
    "made_with": [{"name": "x", "by": "nlpkit-toolkit", "version": "1"}],
}
ROWS = {"train": [[5, 7], [9], [2**31 - 1]], "valid": [[1]], "test": []}
TOKENS = ["caf\u00e9", "a b\n", "\ud83d", "\ud83d\ude00", "x"]


def pieces(rows: list[list[int]]) -> Any:
    ragged = Ragged.from_rows(rows)
    return ragged.offsets, np.array_split(ragged.values, 2)


def written(path: Path, rows: dict[str, list[list[int]]] = ROWS, tokens: list[str] = TOKENS) -> None:
    write(path, {part: pieces(each) for part, each in rows.items()}, tokens, ABOUT)


def back(stored: entry.Stored | None) -> Any:
    assert stored is not None
    return {part: [row.tolist() for row in ids] for part, ids in stored.ids.items()}, stored.tokens


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    written(tmp_path / "a")
    stored = read(tmp_path / "a")
    assert back(stored) == (ROWS, TOKENS)
    assert stored is not None
    for ids in stored.ids.values():
        assert (ids.values.dtype, ids.offsets.dtype) == (np.int32, np.int64)
        assert type(ids.values) is type(ids.offsets) is np.ndarray


@given(
    st.dictionaries(
        st.sampled_from(["train", "test"]),
        st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=4), max_size=4),
    ),
    st.lists(st.text(alphabet=st.characters(codec=None), max_size=3), unique=True, max_size=4),
)
def test_any_rows_and_tokens_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[str, list[list[int]]], tokens: list[str]
) -> None:
    path = tmp_path_factory.mktemp("entry") / "a"
    written(path, rows, tokens)
    assert back(read(path)) == (rows, tokens)


def test_it_says_what_it_is_of(tmp_path: Path) -> None:
    written(tmp_path / "a")
    seal = seal_of(tmp_path / "a")
    assert seal is not None
    about = seal.about
    assert {name: about[name] for name in ("source", "texts", "tokens")} == {
        "source": "a.csv",
        "texts": 4,
        "tokens": 5,
    }
    assert sorted(about["files"]) == sorted(
        {path.name for path in (tmp_path / "a").iterdir()} - {"entry.json"}
    )


def test_a_change_of_ids_never_reaches_the_disk(tmp_path: Path) -> None:
    written(tmp_path / "a")
    stored = read(tmp_path / "a")
    assert stored is not None
    stored.ids["train"].values[0] = 99
    assert back(read(tmp_path / "a")) == (ROWS, TOKENS)


def test_where_nothing_is_there_is_no_entry(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert read(tmp_path / "gone") is None
    assert read(tmp_path / "file" / "gone") is None
    assert read(tmp_path / "file") is None


def test_a_flipped_bit_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    written(tmp_path / "a")
    random = Random(5)
    files = sorted((tmp_path / "a").iterdir())
    places = [(path, place) for path in files for place in range(path.stat().st_size)]
    for path, place in random.sample(places, 400):
        content = path.read_bytes()
        flipped = bytearray(content)
        flipped[place] ^= 1 << random.randrange(8)
        path.write_bytes(flipped)
        with pytest.raises(SealError):
            read(tmp_path / "a")
        path.write_bytes(content)
    assert back(read(tmp_path / "a")) == (ROWS, TOKENS)


@pytest.mark.parametrize("name", ["entry.json", "vocabulary.json", "train.ids", "test.offsets"])
def test_a_file_that_is_cut_short_or_missing_is_noticed(name: str, tmp_path: Path) -> None:
    written(tmp_path / "a")
    (tmp_path / "a" / name).write_bytes((tmp_path / "a" / name).read_bytes()[:-1])
    with pytest.raises(SealError, match=rf"^{name}: (it has .* bytes, and entry\.json says|its own SHA-256)"):
        read(tmp_path / "a")
    (tmp_path / "a" / name).unlink()
    with pytest.raises(SealError, match=f"^{name}: it is missing$"):
        read(tmp_path / "a")


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"{", b'{"files": {}}', b"[" * 100_000])
def test_anything_else_in_place_of_the_seal_is_damage(content: bytes, tmp_path: Path) -> None:
    written(tmp_path / "a")
    (tmp_path / "a" / "entry.json").write_bytes(content)
    with pytest.raises(SealError, match=r"^entry\.json: "):
        read(tmp_path / "a")


def test_an_entry_is_not_written_over(tmp_path: Path) -> None:
    written(tmp_path / "a")
    with pytest.raises(ConfigError, match="exists"):
        written(tmp_path / "a", {"train": []})
    assert back(read(tmp_path / "a")) == (ROWS, TOKENS)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def full(path: Path, *mode: str, **options: Any) -> Any:
        if path.name == "test.ids":
            raise OSError(28, "No space left on device")
        return real(path, *mode, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError, match="No space left on device"):
        written(tmp_path / "new" / "a")
    assert list(tmp_path.iterdir()) == []


def test_reading_an_entry_is_using_it(tmp_path: Path) -> None:
    written(tmp_path / "a")
    os.utime(tmp_path / "a" / "entry.json", (1000, 1000))
    seal_of(tmp_path / "a")
    assert (tmp_path / "a" / "entry.json").stat().st_mtime == 1000
    read(tmp_path / "a")
    assert (tmp_path / "a" / "entry.json").stat().st_mtime > 1_000_000


def test_ids_outlive_files_that_are_cut_written_over_or_removed(tmp_path: Path) -> None:
    written(tmp_path / "a")
    stored = read(tmp_path / "a")
    os.truncate(tmp_path / "a" / "train.ids", 0)  # of mapped ids the next look would end the process
    (tmp_path / "a" / "train.offsets").write_bytes(b"\xff" * 32)
    assert back(stored) == (ROWS, TOKENS)
    shutil.rmtree(tmp_path / "a")
    assert back(stored) == (ROWS, TOKENS)


def test_an_entry_of_another_version_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "a")
    about = json.loads((tmp_path / "a" / "entry.json").read_text(encoding="utf-8", errors="surrogatepass"))
    assert not stale(about)
    assert stale({**about, "nlpkit": "0.0.1"})
    assert stale({**about, "format": 99})
    by_plugin = {"name": "x", "by": "nlpkit-x", "version": "1.0"}
    assert stale({**about, "made_with": [by_plugin]})
    monkeypatch.setattr(entry, "version", lambda distribution: "1.0")
    assert not stale({**about, "made_with": [by_plugin]})
    monkeypatch.setattr(entry, "version", lambda distribution: "2.0")
    assert stale({**about, "made_with": [by_plugin]})
