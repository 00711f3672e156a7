"""Folders of texts: what they are read as, what is refused of them, and answers beside names of files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Nlpkit = Callable[..., Any]


def filled(folder: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


NOTES = {f"{number}.txt": f"note {number}\n" + "and more\n" * (number % 2) for number in range(10)}


def test_files_of_unlabelled_texts_are_no_classes(nlpkit: Nlpkit, tmp_path: Path) -> None:
    filled(tmp_path / "notes", NOTES)

    code, _, err = nlpkit("run", "notes")

    assert code == 3
    assert err.startswith("notes: read as class_files, 10 classes\n")
    assert (
        "error: notes: 15 rows have 10 different labels, such as '0': is this really the label?\n"
        "  is this the folder of one class? then name the folder above it; texts without labels are for "
        "nlpkit predict; if nearly every row is a class of its own, set label_type = " in err
    )


@pytest.mark.parametrize(
    ("names", "lines", "refused"),
    [
        (["a", "b", "c", "d", "e"], 1, False),  # so few may be anything
        (["a", "b", "c", "d", "e", "f"], 1, True),
        (["a", "b", "c", "d", "e", "f"], 2, False),
        ([f"doc-{number}" for number in range(6)], 4, True),
        ([f"doc-{number}" for number in range(6)], 5, False),
    ],
)
def test_how_many_texts_a_file_needs_to_be_a_class(
    nlpkit: Nlpkit, tmp_path: Path, names: list[str], lines: int, refused: bool
) -> None:
    texts = {f"{name}.txt": "".join(f"{name} says {line}\n" for line in range(lines)) for name in names}
    filled(tmp_path / "texts", texts)

    quick = ("--set", "effort=quick", "--set", "data.split.test_fraction=0")
    code, _, err = nlpkit("run", "texts", *quick)

    assert (code, "is this really the label?" in err) == ((3, True) if refused else (0, False))


def test_a_class_for_each_file_is_read_where_that_is_said(nlpkit: Nlpkit, tmp_path: Path) -> None:
    filled(tmp_path / "notes", NOTES)

    code, _, _ = nlpkit(
        *("run", "notes", "--label-type", "string", "--set", "effort=quick"),
        *("--set", "data.split.test_fraction=0"),
    )

    assert code == 0


def test_answers_stand_beside_the_files_of_a_folder(nlpkit: Nlpkit, trained: Path, tmp_path: Path) -> None:
    filled(tmp_path / "new", {"b.txt": "oil\ngas\n", "deep/a,1.txt": "a match"})
    asked = ("predict", trained, "--input", "new", "--format")

    assert nlpkit(*asked, "folders", "--output", "texts.csv").code == 0
    assert nlpkit(*asked, "class_files", "--output", "lines.csv", "--id", "file").code == 0
    _, out, _ = nlpkit(*asked, "folders", "--json")

    def files(name: str) -> list[str]:
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        assert lines[0] == "row,file,label,note"
        return [line.rsplit(",", 2)[0] for line in lines[1:]]

    assert files("texts.csv") == ["1,b.txt", '2,"deep/a,1.txt"']
    assert files("lines.csv") == ["1,b.txt", "2,b.txt", '3,"deep/a,1.txt"']
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["b.txt", "deep/a,1.txt"]


def test_a_folder_has_no_other_columns(nlpkit: Nlpkit, trained: Path, tmp_path: Path) -> None:
    filled(tmp_path / "new", {"b.txt": "oil"})

    code, _, err = nlpkit(
        "predict", trained, "--input", "new", "--format", "folders", "--json", "--keep", "topic"
    )

    assert code == 2
    assert err == (
        "error: a folder has no column 'topic' to keep, but 'file' alone\n"
        "  leave it out: the name of each file is in the output anyway\n"
    )


def test_a_format_without_columns_names_those_that_have_some(
    nlpkit: Nlpkit, trained: Path, tmp_path: Path
) -> None:
    filled(tmp_path, {"a.txt": "oil"})

    code, _, err = nlpkit("predict", trained, "--input", "a.txt", "--json", "--id", "id")

    assert code == 2
    assert err == (
        "error: txt has no columns to keep\n"
        "  --id and --keep are for csv, tsv, jsonl, json, parquet and arrow\n"
    )


@pytest.mark.parametrize(
    ("files", "option", "said"),
    [
        (
            ("good/1.txt", "bad/2.txt"),
            "label",
            "each file is a text, and the folder names are the labels: leave label out",
        ),
        (
            ("good.txt", "bad.txt"),
            "text",
            "each line is a text, and the file names are the labels: leave text out",
        ),
    ],
)
def test_a_column_of_a_folder_is_refused_with_where_it_is(
    nlpkit: Nlpkit, tmp_path: Path, files: tuple[str, ...], option: str, said: str
) -> None:
    filled(tmp_path / "reviews", dict.fromkeys(files, "some words"))

    code, _, err = nlpkit("run", "reviews", f"--{option}", "team")

    assert (code, err.splitlines()[1]) == (2, f"  {said}")


def test_a_folder_in_the_folder_of_a_class_is_moved_or_is_the_one_to_name(
    nlpkit: Nlpkit, tmp_path: Path
) -> None:
    filled(tmp_path / "reviews", {"good/1.txt": "yes", "good/old/2.txt": "yes", "poor/3.txt": "no"})
    filled(tmp_path / "set", {"train/good/1.txt": "yes", "train/poor/3.txt": "no"})

    stray, above = nlpkit("run", "reviews"), nlpkit("run", "set")

    assert stray.err == (
        "error: reviews/good/old: there is a folder in the folder of a class\n"
        "  move or remove old: there are only files in the folder of a class\n"
    )
    assert above.err == (
        "error: set/train/good: there is a folder in the folder of a class\n"
        "  name the folder whose folders are the classes, such as set/train\n"
    )


def test_a_folder_of_runs_is_no_class(nlpkit: Nlpkit, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "here" / "runs" / "a")
    filled(tmp_path / "here", {"texts/good.txt": "yes"})

    code, _, err = nlpkit("run", "here")

    assert code == 3
    assert err == (
        "error: here/runs: this folder has runs in it, not texts\n"
        "  name the folder that has the texts, such as here/texts\n"
    )


def test_the_runs_in_a_folder_are_listed(nlpkit: Nlpkit, trained: Path, tmp_path: Path) -> None:
    for name in ("b", "a"):
        shutil.copytree(trained, tmp_path / "runs" / name)

    code, _, err = nlpkit("predict", "runs", "a text")

    assert code == 3
    assert err == "error: runs: this is a folder of runs, not a run\n  name one of them: runs/a, runs/b\n"
