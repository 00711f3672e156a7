from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.errors import ConfigError
from nlpkit.system.atomic import held, is_held
from nlpkit.system.forking import Child
from nlpkit.system.resumable import final_of, partial_of, resumable_files, resumable_folder


def worth(partial: Path, error: BaseException | None) -> bool:
    return (partial / "work").exists()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_folder_gets_its_name_at_the_end_and_scrap_is_removed(tmp_path: Path) -> None:
    with resumable_folder(tmp_path / "a" / "run", resume=False, worth=worth, scrap="work") as partial:
        assert partial == partial_of(tmp_path / "a" / "run")
        (partial / "work").mkdir()
        (partial / "result").touch()
        assert names(tmp_path) == ["a", "result", "run.partial", "work"]
    assert names(tmp_path) == ["a", "result", "run"]


def test_after_an_error_it_stays_if_it_is_worth_it(tmp_path: Path) -> None:
    for name, expected in (("other", []), ("work", ["a", "run.partial", "work"])):
        with (
            pytest.raises(ValueError, match="odd"),
            resumable_folder(tmp_path / "a" / "run", resume=False, worth=worth, scrap="work") as partial,
        ):
            (partial / name).touch()
            raise ValueError("odd")
        assert names(tmp_path) == expected


def test_what_is_worth_it_is_not_begun_anew_but_gone_on_with(tmp_path: Path) -> None:
    partial_of(tmp_path / "run").mkdir()
    (tmp_path / "run.partial" / "work").touch()
    with (
        pytest.raises(ConfigError, match=r"run\.partial: this folder exists"),
        resumable_folder(tmp_path / "run", resume=False, worth=worth, scrap=""),
    ):
        pytest.fail("begun")
    with (
        pytest.raises(ValueError, match="odd"),
        resumable_folder(tmp_path / "run", resume=True, worth=worth, scrap="") as partial,
    ):
        (partial / "work").unlink()
        raise ValueError("odd")
    assert names(tmp_path) == ["run.partial"]  # what is gone on with stays


def test_what_is_not_worth_it_makes_room(tmp_path: Path) -> None:
    partial_of(tmp_path / "run").mkdir()
    (tmp_path / "run.partial" / "left").touch()
    with resumable_folder(tmp_path / "run", resume=False, worth=worth, scrap="work") as partial:
        assert names(partial) == []
    assert names(tmp_path) == ["run"]


def test_there_has_to_be_something_to_go_on_with(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match="there is no unfinished run here"),
        resumable_folder(tmp_path / "run", resume=True, worth=worth, scrap=""),
    ):
        pytest.fail("begun")
    assert names(tmp_path) == []


def test_one_process_at_a_time_has_it(tmp_path: Path) -> None:
    with resumable_folder(tmp_path / "run", resume=False, worth=worth, scrap="") as partial:

        def other() -> None:
            assert is_held(partial)
            with pytest.raises(ConfigError, match="another process is writing this now"), held(partial):
                pytest.fail("both have it")

        child = Child(other)
        assert child.finished()
    assert not is_held(tmp_path / "run")


def test_names_are_found_both_ways() -> None:
    assert final_of(partial_of(Path("a/b.c"))) == Path("a/b.c")
    assert final_of(Path("a/b.c")) == Path("a/b.c")


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "x" * 248])
def test_a_name_that_leaves_no_room_for_the_ending_is_cut(name: str, tmp_path: Path) -> None:
    partial = partial_of(tmp_path / name)
    partial.mkdir()
    assert partial_of(tmp_path / name) == partial
    assert partial_of(tmp_path / f"{name[:-1]}y") != partial
    assert partial.name.endswith(".partial")


def test_files_get_their_names_at_the_end_and_their_folder_goes(tmp_path: Path) -> None:
    paths = {"errors": tmp_path / "a.errors", "rows": tmp_path / "a.csv"}
    with resumable_files(paths, resume=False, worth=worth) as partial:
        (partial / "rows").write_text("1", encoding="utf-8")
        assert names(tmp_path) == ["a.csv.partial", "rows"]
    assert names(tmp_path) == ["a.csv"]


def test_files_that_are_worth_it_stay_and_are_gone_on_with(tmp_path: Path) -> None:
    paths = {"work": tmp_path / "a.csv"}
    for resume in (False, True):
        with (
            pytest.raises(ValueError, match="odd"),
            resumable_files(paths, resume=resume, worth=worth) as partial,
        ):
            (partial / "work").touch()
            raise ValueError("odd")
        assert names(tmp_path) == ["a.csv.partial", "work"]
    with resumable_files(paths, resume=True, worth=worth):
        pass
    assert names(tmp_path) == ["a.csv"]
