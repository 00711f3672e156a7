"""A process without a home folder, a place for temporary files or a current folder."""

from __future__ import annotations

import json
import os
import pwd
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from nlpkit import AgNews, run
from nlpkit.cli.main import outcome
from nlpkit.errors import DataError, StorageError
from nlpkit.notes import Note
from nlpkit.runs.observer import Observer
from nlpkit.system.cache import cache_folder
from nlpkit.text.store import indexed
from tests.runs import quick

NO_HOME = "this user has no home folder for a cache"
EXPERIMENT = quick.EXPERIMENT


class Noting(Observer):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, note: Note) -> None:
        self.notes.append(note.text)


@pytest.fixture(autouse=True)
def a_cache_that_pays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Even for a few texts, and where the home folder says."""
    monkeypatch.setattr(indexed, "WORTH_SECONDS", 0.0)
    monkeypatch.delenv("NLPKIT_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NLPKIT_DATA_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a container's user that is only a number."""

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is removed."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()


@pytest.mark.usefixtures("homeless")
def test_without_a_home_there_is_no_cache_folder() -> None:
    with pytest.raises(StorageError) as caught:
        cache_folder()
    assert str(caught.value) == f"{NO_HOME}\n  set NLPKIT_CACHE_DIR to a folder"


def test_a_folder_called_tilde_is_not_the_home_of_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache/nlpkit"))
    with pytest.raises(StorageError, match=NO_HOME):
        cache_folder()


@pytest.mark.usefixtures("homeless")
def test_a_run_without_a_home_says_that_it_keeps_no_tokens(tmp_path: Path) -> None:
    result = run(EXPERIMENT, tmp_path / "run", noting := Noting())
    assert noting.notes == [f"the tokens of these texts are not kept for later runs: {NO_HOME}"]
    assert (tmp_path / "run" / "report.html").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert [note.text for note in result.notes] == noting.notes


@pytest.mark.usefixtures("homeless")
def test_ag_news_without_a_home_is_replaced_or_refused_in_words() -> None:
    with pytest.raises(StorageError, match=NO_HOME) as caught:
        AgNews().build()()
    assert caught.value.hint.startswith("set NLPKIT_CACHE_DIR to a folder, or set fallback to a dataset")
    splits = AgNews(fallback=EXPERIMENT.data).build()()
    assert splits.substitute == f"NOT AG NEWS: headlines stands in for it, because {NO_HOME}"


@pytest.mark.usefixtures("homeless")
def test_verbs_without_a_home_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    for line in (["cache"], ["cache", "--json"], ["cache", "clear"]):
        assert outcome(line) == 1
        assert capsys.readouterr() == ("", f"error: {NO_HOME}\n  set NLPKIT_CACHE_DIR to a folder\n")
    assert outcome(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert facts["cache folder"] == f"{NO_HOME} (NLPKIT_CACHE_DIR)"


def a_file(home: Path) -> None:
    home.touch()


def read_only(home: Path) -> None:
    home.mkdir(mode=0o555)


def unreadable(home: Path) -> None:
    home.mkdir(mode=0o000)


@pytest.fixture(params=[a_file, read_only, unreadable])
def odd_home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    make: Callable[[Path], None] = request.param
    make(home)
    monkeypatch.setenv("HOME", str(home))
    return home


def test_a_home_that_takes_no_files_is_noted_and_the_run_goes_on(odd_home: Path, tmp_path: Path) -> None:
    if odd_home.is_dir() and os.access(odd_home, os.W_OK):
        pytest.skip("this user may write everywhere")
    run(EXPERIMENT, tmp_path / "run", noting := Noting())
    [note] = noting.notes
    assert note.startswith(f"the tokens of these texts are not kept for later runs: {odd_home}")
    assert (tmp_path / "run" / "report.html").is_file()


def test_verbs_work_with_a_home_that_takes_no_files(
    odd_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = f"{odd_home}/.cache/nlpkit"
    assert outcome(["cache"]) == 0
    assert capsys.readouterr() == (f"0 bytes of token ids and 0 bytes of downloads in {cache}\n", "")
    assert outcome(["cache", "clear", "--downloads"]) == 0
    assert outcome(["doctor"]) == 0
    assert cache in capsys.readouterr().out


def test_a_run_needs_no_place_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*given: Any, **named: Any) -> Any:
        raise FileNotFoundError(2, "No usable temporary directory found")

    for name in ("TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory", "mkdtemp", "gettempdir"):
        monkeypatch.setattr(tempfile, name, nowhere)
    monkeypatch.setattr("nlpkit.text.numbering._worthwhile", lambda *_: 2)
    run(EXPERIMENT, tmp_path / "run", noting := Noting())
    assert noting.notes == []
    assert (tmp_path / "run" / "report.html").is_file()


@pytest.mark.usefixtures("gone")
def test_a_run_needs_no_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(EXPERIMENT, tmp_path / "run", noting := Noting())
    assert noting.notes == []
    monkeypatch.setenv("NLPKIT_CACHE_DIR", "cache")
    run(EXPERIMENT, None, noting)
    [note] = noting.notes
    assert note.startswith("the tokens of these texts are not kept for later runs: cache/tokens")


@pytest.mark.usefixtures("gone")
def test_what_is_looked_for_in_a_folder_that_is_gone_is_refused_in_words() -> None:
    from nlpkit import Csv

    with pytest.raises(StorageError) as unwritten:
        run(EXPERIMENT, "run")
    assert str(unwritten.value).startswith("run: cannot be written: No such file or directory\n")
    with pytest.raises(DataError) as unread:
        Csv(train=Path("train.csv")).build()()
    assert str(unread.value) == "train.csv: there is no such file\n  check the path"


@pytest.mark.usefixtures("gone")
def test_the_command_line_asks_for_another_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["run", "x.toml"]) == 2
    assert (
        capsys.readouterr().err == "error: the current folder has been deleted\n  change to another folder\n"
    )
    assert outcome(["--help"]) == 0
