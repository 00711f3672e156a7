from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.text.store import folder
from nlpkit.text.store import indexed as indexed_module


@pytest.fixture
def filled(nlpkit: Callable[..., Any], tiny: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache folder with the token ids of one run, and a download."""
    monkeypatch.setattr(indexed_module, "WORTH_SECONDS", 0.0)
    assert nlpkit("run", tiny, "--set", "baseline=false").code == 0
    cache = tmp_path / "no-cache"
    (cache / "ag_news").mkdir()
    (cache / "ag_news" / "train.csv").write_bytes(b"x" * 2_000_000)
    (cache / "ag_news" / "test.csv.part").write_bytes(b"x" * 500_000)
    return cache


def test_an_empty_cache_is_told_with_its_folder(nlpkit: Callable[..., Any], tmp_path: Path) -> None:
    code, out, err = nlpkit("cache")
    assert (code, err) == (0, "")
    assert out == f"0 bytes of token ids and 0 bytes of downloads in {tmp_path}/no-cache\n"


def test_entries_are_listed_for_people_and_for_programs(nlpkit: Callable[..., Any], filled: Path) -> None:
    out = nlpkit("cache").out.splitlines()
    assert out[0].split() == ["of", "tokenizer", "texts", "tokens", "size", "last", "used", "state"]
    assert out[1].split()[:3] == ["headlines", "basic_english", "120"]
    assert out[1].split()[-1] == "ready"
    assert out[-1].endswith(f" of token ids and 2.5 MB of downloads in {filled}")

    found = json.loads(nlpkit("cache", "--json").out)
    assert (found["folder"], found["download_size"]) == (str(filled), 2_500_000)
    [entry] = found["entries"]
    path = filled / "tokens" / entry["key"]
    assert entry["size"] == sum(file.stat().st_size for file in path.iterdir())
    assert {name: entry[name] for name in ("source", "tokenizer", "texts", "state")} == {
        "source": "headlines",
        "tokenizer": "basic_english",
        "texts": 120,
        "state": "ready",
    }
    assert entry["last_used"].startswith("20")


def test_a_damaged_entry_has_no_name_but_its_own(nlpkit: Callable[..., Any], filled: Path) -> None:
    [path] = (filled / "tokens").iterdir()
    (path / "entry.json").unlink()
    line = nlpkit("cache").out.splitlines()[1]
    assert line.startswith(path.name[:12])
    assert line.endswith("damaged")


def test_clearing_tells_what_it_freed_and_leaves_downloads(nlpkit: Callable[..., Any], filled: Path) -> None:
    size = sum(entry.size for entry in folder.entries())
    code, out, err = nlpkit("cache", "clear")
    assert (code, err) == (0, "")
    assert out == f"removed 1 entry of token ids: {size / 1000:.1f} kB freed in {filled}\n"
    assert [path.name for path in filled.iterdir()] == ["ag_news"]
    assert (filled / "ag_news" / "train.csv").exists()


def test_downloads_are_cleared_when_that_is_asked_for(nlpkit: Callable[..., Any], filled: Path) -> None:
    (filled / "ag_news" / "mine.csv").touch()
    (filled / "other").touch()
    out = nlpkit("cache", "clear", "--downloads").out
    assert out.startswith("removed 1 entry of token ids and 2 downloaded files: 2.5 MB freed in ")
    assert [path.name for path in (filled / "ag_news").iterdir()] == ["mine.csv"]
    assert (filled / "other").exists()


def test_downloads_that_are_links_stay(nlpkit: Callable[..., Any], tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "train.csv").write_text("precious", encoding="utf-8")
    cache = tmp_path / "no-cache"
    cache.mkdir()
    (cache / "ag_news").symlink_to(mine)
    assert "0 downloaded files" in nlpkit("cache", "clear", "--downloads").out
    (cache / "ag_news").unlink()
    (cache / "ag_news").mkdir()
    (cache / "ag_news" / "train.csv").symlink_to(mine / "train.csv")
    assert "0 downloaded files" in nlpkit("cache", "clear", "--downloads").out
    assert (mine / "train.csv").read_text(encoding="utf-8") == "precious"


def test_what_cannot_be_removed_is_an_error_that_names_it(
    nlpkit: Callable[..., Any], filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(folder, "remove", refused)
    [path] = (filled / "tokens").iterdir()
    code, out, err = nlpkit("cache", "clear")
    assert (code, out) == (1, "")
    assert err == (
        f"error: {path}: cannot be removed: Permission denied\n"
        "  check the permissions of the folder; everything before this file has been removed\n"
    )


def test_a_run_whose_cache_cannot_be_written_says_so_and_goes_on(
    nlpkit: Callable[..., Any], tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexed_module, "WORTH_SECONDS", 0.0)
    (tmp_path / "no-cache").touch()
    code, _, err = nlpkit("run", tiny)
    assert code == 0
    what = f"{tmp_path}/no-cache: this is not a folder"
    assert f"note: the tokens of these texts are not kept for later runs: {what}\n" in err


def test_a_second_run_says_that_it_takes_what_is_there(
    nlpkit: Callable[..., Any], tiny: Path, filled: Path
) -> None:
    code, _, err = nlpkit("run", tiny)
    assert code == 0
    assert "taking the tokens that an earlier run left in the cache\n" in err
