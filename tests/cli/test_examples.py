from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlpkit.cli.several import experiments_in
from nlpkit.cli.shipped import examples


def test_the_examples_are_listed_with_what_they_show(nlpkit: Callable[..., Any]) -> None:
    out = nlpkit("examples").out
    assert "agnews_lstm" in out
    assert max(map(len, out.splitlines())) <= 80
    rows = json.loads(nlpkit("examples", "--json").out)
    assert [row["name"] for row in rows] == [example.name for example in examples()]
    assert all(row["summary"] for row in rows)


def test_what_an_example_shows_is_said_to_the_end_in_its_first_line(nlpkit: Callable[..., Any]) -> None:
    summaries = [row["summary"] for row in json.loads(nlpkit("examples", "--json").out)]
    assert [each for each in summaries if not re.search("[a-z0-9)]$", each)] == []
    assert any(each.endswith("test accuracy 0.898 with three seeds") for each in summaries)


def test_a_copy_can_be_checked_and_is_never_written_over(nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("examples", "copy", "agnews_lstm")
    assert (code, out, err) == (0, "agnews_lstm.toml\n", "next: nlpkit run agnews_lstm.toml\n")
    assert nlpkit("check", "agnews_lstm.toml").code == 0
    code, out, err = nlpkit("examples", "copy", "agnews_lstm")
    assert (code, out) == (2, "")
    assert err.startswith("error: agnews_lstm.toml: this file exists, and nothing is ever overwritten\n")


def test_a_folder_of_examples_is_copied_whole_and_can_be_run(nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("examples", "copy", "lesson", "--to", "deep")
    assert (code, out, err) == (0, "deep/lesson\n", "next: nlpkit run deep/lesson\n")
    assert sorted(path.name for path in Path("deep").iterdir()) == ["lesson"]
    assert experiments_in(Path("deep/lesson")) == sorted(Path("deep/lesson").iterdir())


def test_a_folder_is_never_written_over(nlpkit: Callable[..., Any]) -> None:
    Path("lesson").mkdir()
    code, out, err = nlpkit("examples", "copy", "lesson")
    assert (code, out) == (2, "")
    assert err == (
        "error: lesson: this folder exists, and nothing is ever overwritten\n  give another folder: --to\n"
    )
    assert list(Path("lesson").iterdir()) == []


def test_who_copies_an_example_of_their_own_files_is_told_to_name_these_first(
    nlpkit: Callable[..., Any],
) -> None:
    code, out, err = nlpkit("examples", "copy", "own_csv")
    assert (code, out) == (0, "own_csv.toml\n")
    assert err == (
        "not here yet: train.csv: there is no such file\n"
        "next: name your own files in own_csv.toml, then nlpkit run own_csv.toml\n"
    )
    Path("train.csv").write_text("text,label\na,b\n", encoding="utf-8")
    Path("own_csv.toml").unlink()
    assert nlpkit("examples", "copy", "own_csv").err == "next: nlpkit run own_csv.toml\n"


def test_a_copy_goes_into_a_folder_that_is_made(nlpkit: Callable[..., Any]) -> None:
    nlpkit("examples", "copy", "lesson/3_lstm.toml", "--to", "new folder/deep")
    assert Path("new folder/deep/3_lstm.toml").is_file()
    assert nlpkit("examples", "copy", "compose", "--to", "new folder").err == (
        "next: python 'new folder/compose.py'\n"
    )


def test_an_unknown_example_is_told_with_the_nearest(nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("examples", "copy", "agnews_ltsm")
    assert (code, out) == (2, "")
    assert err == "error: example 'agnews_ltsm' is not known; did you mean agnews_lstm?\n"


def test_a_place_that_cannot_be_written_is_refused(nlpkit: Callable[..., Any]) -> None:
    Path("file").write_text("", encoding="utf-8")
    code, _, err = nlpkit("examples", "copy", "compose", "--to", "file")
    assert code == 2
    assert "this is not a folder" in err
