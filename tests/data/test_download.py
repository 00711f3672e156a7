from __future__ import annotations

import hashlib
import importlib
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.download import download
from nlpkit.errors import NetworkError

module = importlib.import_module("nlpkit.data.download")  # the face has a function of this name
CONTENT = bytes(range(256)) * 800
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    monkeypatch.delenv("NLPKIT_OFFLINE", raising=False)


@pytest.fixture
def path(tmp_path: Path, site: Any) -> Path:
    site.files["train.csv"] = CONTENT
    return tmp_path / "cache" / "train.csv"


def refusal_of(site: Any, path: Path) -> NetworkError:
    with pytest.raises(NetworkError) as refusal:
        download(site.url + "train.csv", path, MD5)
    assert not path.exists()
    assert refusal.value.location == site.url + "train.csv"
    return refusal.value


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_file_comes_whole_and_alone(site: Any, path: Path) -> None:
    download(site.url + "train.csv", path, MD5)

    assert path.read_bytes() == CONTENT
    assert left(path.parent) == ["train.csv"]
    assert site.asked == [("train.csv", "")]


def test_a_file_that_is_there_is_not_asked_for(site: Any, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"mine")

    download(site.url + "train.csv", path, MD5)

    assert path.read_bytes() == b"mine"
    assert site.asked == []


def test_a_download_that_breaks_off_goes_on_where_it_was(site: Any, path: Path) -> None:
    site.faults = ["breaks off", "breaks off"]

    download(site.url + "train.csv", path, MD5)

    assert path.read_bytes() == CONTENT
    ranges = [wanted for _, wanted in site.asked]
    assert len(ranges) == 3
    assert ranges[0] == ""
    assert all(wanted.startswith("bytes=") and wanted != "bytes=0-" for wanted in ranges[1:])


def test_a_download_of_an_earlier_time_is_continued(site: Any, path: Path) -> None:
    path.parent.mkdir()
    path.with_name("train.csv.part").write_bytes(CONTENT[:1000])

    download(site.url + "train.csv", path, MD5)

    assert path.read_bytes() == CONTENT
    assert site.asked == [("train.csv", "bytes=1000-")]


@pytest.mark.parametrize("fault", ["no ranges", "wrong range"])
def test_a_server_that_begins_anew_is_taken_from_its_beginning(site: Any, path: Path, fault: str) -> None:
    path.parent.mkdir()
    path.with_name("train.csv.part").write_bytes(CONTENT[:1000])
    site.faults = [fault]

    download(site.url + "train.csv", path, MD5)

    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"another" * 10, CONTENT + b"more"])
def test_a_part_of_another_file_is_thrown_away(site: Any, path: Path, part: bytes) -> None:
    path.parent.mkdir()
    path.with_name("train.csv.part").write_bytes(part)

    download(site.url + "train.csv", path, MD5)

    assert path.read_bytes() == CONTENT
    assert left(path.parent) == ["train.csv"]


@pytest.mark.parametrize("faults", [["500"], ["503", "429"], ["another file"], ["no length"]])
def test_a_fault_that_passes_is_got_over(site: Any, path: Path, faults: list[str]) -> None:
    site.faults = faults

    download(site.url + "train.csv", path, MD5)

    assert path.read_bytes() == CONTENT


def test_three_tries_are_made_and_no_more(site: Any, path: Path) -> None:
    site.faults = ["500"] * 5

    refusal = refusal_of(site, path)

    assert len(site.asked) == 3
    assert refusal.message == (
        "train.csv could not be downloaded: the server answers 500 Internal Server Error"
    )
    assert refusal.hint == f"try again later, or put the file into {path.parent} yourself"


def test_a_file_that_does_not_exist_is_asked_for_once(site: Any, path: Path) -> None:
    site.files.clear()

    assert refusal_of(site, path).message.endswith("the server answers 404 Not Found")
    assert len(site.asked) == 1


def test_another_file_never_gets_the_name(site: Any, path: Path) -> None:
    site.faults = ["another file"] * 3

    expected = "what came is not the file that was expected (another MD5)"
    assert refusal_of(site, path).message.endswith(expected)
    assert left(path.parent) == []


def test_a_connection_that_always_breaks_off_leaves_what_came(site: Any, path: Path) -> None:
    site.faults = ["breaks off"] * 3

    assert refusal_of(site, path).message.endswith("the connection broke off")
    assert left(path.parent) == ["train.csv.part"]


def test_a_server_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(NetworkError, match="the server cannot be reached, or broke off"):
        download("http://127.0.0.1:9/train.csv", path, MD5)


def test_more_than_any_text_has_is_refused(site: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100_000)

    assert refusal_of(site, path).message.endswith("more than 100,000 bytes came")
    assert left(path.parent) == []


def test_offline_nothing_is_asked_for(site: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")

    refusal = refusal_of(site, path)

    assert site.asked == []
    assert refusal.message == "train.csv is not here, and NLPKIT_OFFLINE forbids downloading it"
    assert refusal.hint == f"put it into {path.parent}, or unset NLPKIT_OFFLINE"


def test_a_folder_that_cannot_be_made_is_named(site: Any, path: Path) -> None:
    path.parent.write_text("a file where the folder should be", encoding="utf-8")

    with pytest.raises(NetworkError) as refusal:
        download(site.url + "train.csv", path, MD5)

    assert refusal.value.message.startswith("train.csv cannot be stored: ")
    assert refusal.value.hint == (
        f"make room in {path.parent}, or set NLPKIT_CACHE_DIR to a folder that can be written"
    )


def test_eight_at_once_download_once(site: Any, path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(download, site.url + "train.csv", path, MD5) for _ in range(8)]:
            done.result()

    assert path.read_bytes() == CONTENT
    assert len(site.asked) == 1


def test_progress_is_shown_on_a_terminal_only(site: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    download(site.url + "train.csv", path, MD5)

    assert "\rtrain.csv: 0.2 of 0.2 MB\n" in terminal.getvalue()


def test_a_sha256_is_held_against_what_comes(site: Any, path: Path) -> None:
    site.faults = ["another file"]
    download(site.url + "train.csv", path, sha256=hashlib.sha256(CONTENT).hexdigest())
    assert path.read_bytes() == CONTENT
    assert len(site.asked) == 2


def test_a_size_is_held_against_what_comes(site: Any, path: Path) -> None:
    site.faults = ["another file"]
    download(site.url + "train.csv", path, size=len(CONTENT))
    assert path.read_bytes() == CONTENT
    site.faults = ["another file"] * 3
    with pytest.raises(NetworkError, match=r"not the file that was expected \(another size\)"):
        download(site.url + "train.csv", path.with_name("again"), size=len(CONTENT))
    assert left(path.parent) == ["train.csv"]


def test_what_nothing_is_known_of_is_bounded(site: Any, path: Path) -> None:
    with pytest.raises(NetworkError, match="more than 1,000 bytes came"):
        download(site.url + "train.csv", path, max_bytes=1000)
    download(site.url + "train.csv", path)
    assert path.read_bytes() == CONTENT
