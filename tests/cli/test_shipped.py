from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.cli.shipped import copy_example, examples, examples_folder
from nlpkit.errors import ConfigError


def test_each_example_has_a_name_without_an_ending_and_a_first_line_that_says_what_it_is() -> None:
    found = examples()
    assert [example.name for example in found] == sorted({example.name for example in found})
    for example in found:
        assert example.path == examples_folder() / f"{example.name}{example.path.suffix}"
        assert len(example.summary.split()) > 3


def test_a_copy_is_the_same_file(tmp_path: Path) -> None:
    for example in examples():
        copied = copy_example(example.name, tmp_path / "new")
        assert copied == tmp_path / "new" / example.path.name
        assert copied.read_bytes() == example.path.read_bytes()
    assert len(list((tmp_path / "new").iterdir())) == len(examples())


@pytest.mark.parametrize("name", ["lesson/3_lstm", "lesson/3_lstm.toml", "examples/lesson/3_lstm.toml"])
def test_a_name_may_be_written_as_a_path(name: str, tmp_path: Path) -> None:
    assert copy_example(name, tmp_path).name == "3_lstm.toml"


@pytest.mark.parametrize("name", ["../setup", "/etc/passwd", "", "agnews_lst"])
def test_a_name_that_is_none_copies_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not known; "):
        copy_example(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()
