from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlpkit.errors import ConfigError, StorageError
from nlpkit.system import atomic
from nlpkit.system.atomic import atomic_bytes, atomic_folder, atomic_text, require_free, taken

REPOSITORY = Path(__file__).resolve().parents[2]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_when_all_of_it_is_written(tmp_path: Path) -> None:
    with atomic_text(tmp_path / "new" / "a.txt") as file:
        file.write("thé\r\n")
        assert names(tmp_path / "new") != ["a.txt"]
    assert names(tmp_path / "new") == ["a.txt"]
    assert (tmp_path / "new" / "a.txt").read_bytes() == "thé\r\n".encode()


def test_a_file_of_bytes_is_there_when_all_of_it_is_written(tmp_path: Path) -> None:
    with atomic_bytes(tmp_path / "a.bin") as file:
        file.write(b"\0\xff")
        assert not (tmp_path / "a.bin").exists()
    assert (tmp_path / "a.bin").read_bytes() == b"\0\xff"
    with pytest.raises(ValueError, match="odd"), atomic_bytes(tmp_path / "b.bin"):
        raise ValueError("odd")
    assert names(tmp_path) == ["a.bin"]


def test_a_folder_is_there_when_all_of_it_is_written(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "a") as folder:
        (folder / "inside").write_text("x", encoding="utf-8")
        assert not (tmp_path / "a").exists()
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["inside"]


@pytest.mark.parametrize("error", [ValueError("odd"), KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_nothing_is_left_after_any_error_not_even_new_parents(error: BaseException, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(type(error)), atomic_folder(tmp_path / "old" / "new" / "a") as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "inside").write_text("x", encoding="utf-8")
        raise error
    with pytest.raises(type(error)), atomic_text(tmp_path / "new" / "a"):
        raise error
    assert names(tmp_path) == ["old"]
    assert names(tmp_path / "old") == []


def test_a_parent_that_others_use_meanwhile_stays(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="odd"), atomic_text(tmp_path / "new" / "a"):
        (tmp_path / "new" / "other").write_text("", encoding="utf-8")
        raise ValueError("odd")
    assert names(tmp_path / "new") == ["other"]


def test_what_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="exists"), atomic_text(tmp_path / "a") as file:
        file.write("new")
        (tmp_path / "a").write_text("old", encoding="utf-8")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("step", ["mkdir", "open", "rename", "fsync"])
def test_a_failing_disk_at_any_step_is_one_error_and_leaves_nothing(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **named: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, step) if step == "fsync" else (Path, step)), fail)
    for write in (atomic_text, atomic_folder):
        if (write, step) == (atomic_folder, "open") or (write, step) == (atomic_text, "mkdir"):
            continue
        with (
            pytest.raises(StorageError, match="a: cannot be written: No space left on device"),
            write(tmp_path / "a"),
        ):
            pass
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_disk_that_is_full_is_told_with_the_final_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def full(path: Path, mode: str = "r", **named: Any) -> Any:
        return real(Path("/dev/full") if mode == "w" else path, mode, **named)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError) as caught, atomic_text(tmp_path / "a.csv") as file:
        file.write("x")
    assert str(caught.value) == (
        f"{tmp_path}/a.csv: cannot be written: No space left on device\n"
        "  nothing of it was kept; free some space or write elsewhere"
    )


@pytest.mark.parametrize("name", ["é" * 127, "x" * 255, "a\nb", " ", "...", "🗞" * 63, "-"])
def test_a_name_may_be_as_long_and_odd_as_the_file_system_allows(name: str, tmp_path: Path) -> None:
    with atomic_text(tmp_path / name) as file:
        file.write("x")
    assert names(tmp_path) == [name]


def test_what_cannot_be_made_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    for path, reason in {
        "file": "this file exists, and nothing is ever overwritten",
        ".": "this folder exists, and nothing is ever overwritten",
        "loop": "this file exists",
        "file/a": "this is not a folder",
        "loop/a": "cannot be made: Too many levels of symbolic links",
        "x" * 256: "cannot be made: File name too long",
        "a\0b": "cannot be made: ",
    }.items():
        with pytest.raises(ConfigError, match=reason) as caught:
            require_free(tmp_path / path, "--folder")
        assert caught.value.hint == "give another --folder"
    require_free(tmp_path / "free" / "a", "--folder")
    assert names(tmp_path) == ["file", "loop"]


WRITER = (
    "import sys, pathlib; from nlpkit.system.atomic import atomic_folder\n"
    "with atomic_folder(pathlib.Path('run')) as folder:\n"
    "    (folder / 'half').write_text('x'); print(flush=True); sys.stdin.read()\n"
)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, in the middle of writing the folder `run`."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=pipe,
        stdout=pipe,
        text=True,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_what_another_process_is_writing_is_refused_by_its_number_and_left_alone(
    writer: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert taken(tmp_path / "run") == f"process {writer.pid} is writing this now"
    with pytest.raises(ConfigError, match=f"process {writer.pid} is writing this now"):
        require_free(tmp_path / "run", "folder")
    assert taken(tmp_path / "run-2") == ""
    with atomic_folder(tmp_path / "run-2"):
        pass
    writer.communicate("")
    assert names(tmp_path) == ["run", "run-2"]


def test_what_a_killed_process_left_is_removed_by_the_next_that_writes_there(
    writer: subprocess.Popen[str], tmp_path: Path
) -> None:
    writer.kill()
    writer.wait()
    (tmp_path / ".run.partial").write_text("not ours", encoding="utf-8")
    (left,) = tmp_path.glob(".run.nlpkit-partial-*")
    assert names(left) == ["half"]
    assert taken(tmp_path / "run") == ""
    with atomic_text(tmp_path / "other"):
        pass
    assert names(tmp_path) == [".run.partial", "other"]


def test_what_is_locked_is_left_alone_whatever_its_process_number(tmp_path: Path) -> None:
    (partial := tmp_path / ".run.nlpkit-partial-999999999-0").mkdir()  # as of another container
    with atomic._locked(partial), atomic_text(tmp_path / "a"):
        pass
    assert names(tmp_path) == [partial.name, "a"]
    with atomic_text(tmp_path / "b"):
        pass
    assert names(tmp_path) == ["a", "b"]


def test_two_writers_in_one_process_do_not_disturb_each_other(tmp_path: Path) -> None:
    with atomic_text(tmp_path / "a") as first, atomic_text(tmp_path / "b") as second:
        first.write("1")
        second.write("2")
    assert names(tmp_path) == ["a", "b"]


def test_of_many_that_start_at_once_one_gets_the_name(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen(command, cwd=tmp_path, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(6)
    ]
    waiting = [process for process in started if process.stdout and process.stdout.readline()]
    assert len(waiting) == 1
    said = [process.communicate("")[1] for process in started]
    assert sorted(process.returncode for process in started) == [0, 1, 1, 1, 1, 1]
    assert sum(f"process {waiting[0].pid} is writing this now" in err for err in said) == 5
    assert names(tmp_path) == ["run"]


def test_a_place_that_may_not_be_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # which root never sees
    with pytest.raises(ConfigError) as caught:
        require_free(tmp_path / "new" / "a", "--folder")
    assert str(caught.value) == (f"{tmp_path}: this folder may not be written to\n  give another --folder")
