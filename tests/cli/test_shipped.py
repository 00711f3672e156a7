from __future__ import annotations

import errno
from pathlib import Path

import pytest

from nlpkit.cli.shipped import copy_example, examples, examples_folder
from nlpkit.errors import ConfigError, StorageError


def test_each_example_has_a_name_without_an_ending_and_a_first_line_that_says_what_it_is() -> None:
    found = examples()
    assert [example.name for example in found] == sorted({example.name for example in found})
    for example in found:
        assert example.path == examples_folder() / f"{example.name}{example.path.suffix}"
        assert len(example.summary.split()) > 3


def test_a_folder_is_an_example_that_says_what_is_in_it() -> None:
    [folder] = [example for example in examples() if example.path.is_dir()]
    assert folder.name == "lesson"
    assert folder.summary == "A folder of experiments, from 1_embedding_mean to 7_multi_layer"


def test_a_copy_is_the_same_file(tmp_path: Path) -> None:
    files = [example for example in examples() if example.path.is_file()]
    for example in files:
        copied = copy_example(example.name, tmp_path / "new")
        assert copied == tmp_path / "new" / example.path.name
        assert copied.read_bytes() == example.path.read_bytes()
    assert len(list((tmp_path / "new").iterdir())) == len(files)


@pytest.mark.parametrize("name", ["lesson", "lesson/", "examples/lesson"])
def test_a_copy_of_a_folder_has_the_same_files(name: str, tmp_path: Path) -> None:
    copied = copy_example(name, tmp_path / "new")
    assert copied == tmp_path / "new" / "lesson"
    files = sorted((examples_folder() / "lesson").iterdir())
    assert sorted(path.name for path in copied.iterdir()) == [path.name for path in files]
    assert all((copied / path.name).read_bytes() == path.read_bytes() for path in files)


def test_of_a_folder_that_cannot_be_copied_whole_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_text("half of", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nlpkit.cli.shipped.copyfile", full)
    with pytest.raises(StorageError, match="lesson: cannot be written: No space left on device"):
        copy_example("lesson", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["lesson/3_lstm", "lesson/3_lstm.toml", "examples/lesson/3_lstm.toml"])
def test_a_name_may_be_written_as_a_path(name: str, tmp_path: Path) -> None:
    assert copy_example(name, tmp_path).name == "3_lstm.toml"


@pytest.mark.parametrize("name", ["../setup", "/etc/passwd", "", "agnews_lst"])
def test_a_name_that_is_none_copies_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not known; "):
        copy_example(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()
