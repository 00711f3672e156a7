from __future__ import annotations

import hashlib
import io
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.reading.source.files import HashedFile, Wanted
from nlpkit.errors import DataError
from tests.data.one_file import read_texts

Written = Callable[[str, bytes], Path]


def refusal_of(path: Path) -> str:
    with pytest.raises(DataError) as refusal, HashedFile(path):
        pass
    return str(refusal.value).replace(str(path), "PATH")


def test_a_file_is_described_by_the_bytes_that_were_read(written: Written) -> None:
    path = written("a.csv", b"text,label\noil,a\n")

    with HashedFile(path) as file:
        start = file.read(4)
        source = file.finished()

    assert start == b"text"
    assert (source.name, source.size) == ("a.csv", 17)
    assert source.sha256 == hashlib.sha256(b"text,label\noil,a\n").hexdigest()


def test_a_packed_file_is_described_by_its_packed_bytes(written: Written) -> None:
    import gzip

    packed = gzip.compress(b"text,label\noil,a\n")

    [source] = read_texts(written("a.csv.gz", packed)).files

    assert (source.name, source.size) == ("a.csv.gz", len(packed))
    assert source.sha256 == hashlib.sha256(packed).hexdigest()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "a.csv") == "PATH: there is no such file\n  check the path"


def test_a_missing_file_of_a_relative_path_says_from_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    expected = f"PATH: there is no such file\n  check the path; it is looked for from {tmp_path}"
    assert refusal_of(Path("a.csv")) == expected


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path) == (
        "PATH: this is a folder, not a file\n"
        '  name a file in it, or set type = "folders" or type = "class_files"'
    )


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")

    expected = "PATH: this is a pipe, not a file\n  write what comes through the pipe to a file first"
    assert refusal_of(tmp_path / "pipe.csv") == expected


def test_a_device_is_refused() -> None:
    expected = "PATH: this is a device, not a file\n  name a file with text in it"
    assert refusal_of(Path("/dev/null")) == expected


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # its path may have 107 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("a.sock")

        expected = "PATH: this is a socket, not a file\n  name a file with text in it"
        assert refusal_of(tmp_path / "a.sock") == expected


def test_a_hint_names_what_was_wanted(written: Written) -> None:
    with pytest.raises(DataError, match="the file is empty\n  name a file with a vocabulary in it"):
        HashedFile(written("a.txt", b""), Wanted("a vocabulary", "save it"))


def test_a_look_ahead_takes_and_hashes_nothing(written: Written) -> None:
    with HashedFile(written("a.csv", b"text,label\n")) as file:
        assert (file.peek(4), file.peek(99), file.read_fraction) == (b"text", b"text,label\n", 0)
        assert file.read() == b"text,label\n"
        assert file.finished().sha256 == hashlib.sha256(b"text,label\n").hexdigest()


def test_a_file_that_may_not_be_read_is_refused(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    path = written("a.csv", b"text,label\n")
    monkeypatch.setattr(Path, "open", denied)

    expected = "PATH: the file may not be read: permission denied\n  give yourself the right to read it"
    assert refusal_of(path) == expected


def test_a_file_where_a_folder_is_expected_is_refused(written: Written) -> None:
    path = written("a.csv", b"text,label\n") / "b.csv"

    assert refusal_of(path) == "PATH: a part of the path is a file, not a folder\n  check the path"


def test_links_that_go_round_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")

    expected = "PATH: the symbolic links of the path go round in a circle\n  name the file that they meant"
    assert refusal_of(tmp_path / "a.csv") == expected


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 300 + ".csv")

    expected = "PATH: the path is too long for this system\n  give the file a shorter name"
    assert refusal_of(path) == expected


def test_a_nul_in_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="this cannot be a path\n  remove the NUL from it"):
        HashedFile(tmp_path / "a\0.csv")


def test_another_fault_of_the_disk_is_refused_in_its_own_words(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Path, mode: str) -> None:
        raise OSError(5, "Input/output error")

    path = written("a.csv", b"text,label\n")
    monkeypatch.setattr(Path, "open", broken)

    expected = "PATH: the file cannot be read: input/output error\n  check the disk and the path"
    assert refusal_of(path) == expected


def test_paths_with_dots_and_links_to_files_are_read(written: Written, tmp_path: Path) -> None:
    written("a.csv", b"text,label\noil,a\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.csv").symlink_to("a.csv")
    (tmp_path / ("n" * 251 + ".csv")).symlink_to("a.csv")

    for name in ("folder/../a.csv", "link.csv", "n" * 251 + ".csv"):
        assert list(read_texts(tmp_path / name).texts.texts) == ["oil"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes() + b"more"), id="B41-grown"),
        pytest.param(lambda path: os.truncate(path, 5), id="B41-cut"),
        pytest.param(lambda path: os.utime(path, ns=(1, 1)), id="B41-touched"),
        pytest.param(
            lambda path: path.with_name("new").rename(path), id="B41-replaced-by-one-of-the-same-size"
        ),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_refused(
    written: Written, change: Callable[[Path], object]
) -> None:
    path = written("a.csv", b"text,label\noil,a\n")
    written("new", b"text,label\nart,a\n")

    with HashedFile(path) as file:
        file.read(4)
        change(path)
        with pytest.raises(DataError) as refusal:
            file.finished()

    assert str(refusal.value).replace(str(path), "PATH") == (
        "PATH: the file changed while it was being read\n"
        "  wait until nothing writes to it any more, then start again"
    )


def test_a_file_that_vanishes_while_it_is_read_is_refused(written: Written) -> None:
    path = written("a.csv", b"text,label\noil,a\n")

    with HashedFile(path) as file:
        path.unlink()
        with pytest.raises(DataError, match="there is no such file"):
            file.finished()


def test_a_disk_that_fails_while_reading_is_named(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with HashedFile(written("a.csv", b"text,label\n")) as file:
        file._file.close()
        monkeypatch.setattr(file, "_file", Failing())
        with pytest.raises(DataError, match="the file cannot be read: input/output error"):
            file.read()
