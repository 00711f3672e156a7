from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from nlpkit import Csv, DataError, FastText, InMemory, Jsonl, SettingsError, Split

HALF = Split(valid_fraction=0, test_fraction=0.5)
ROWS = "".join(f"text {number},{'ab'[number % 2]},c{number}, \n" for number in range(12))


def file(folder: Path, content: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_columns_stay_beside_their_texts(tmp_path: Path) -> None:
    train = file(tmp_path, f"text,label,country,note\n{ROWS}")
    for slices in (("country", "note"), (2, 3)):
        test = Csv(train=train, split=HALF, slices=slices).build()().test
        assert list(test.slices) == ["country", "note"]
        assert [f"c{text.split()[1]}" for text in test.texts] == test.slices["country"]
        assert test.slices["note"] == [" "] * len(test)


def test_without_a_header_a_column_is_named_by_its_number(tmp_path: Path) -> None:
    train = file(tmp_path, ROWS)
    test = Csv(train=train, text=(0,), label=1, header=False, split=HALF, slices=(2,)).build()().test
    assert list(test.slices) == ["2"]
    assert set(test.slices["2"]) <= {f"c{number}" for number in range(12)}


def test_a_group_and_a_slice_may_be_the_same_column(tmp_path: Path) -> None:
    train = file(tmp_path, f"text,label,country,note\n{ROWS}")
    split = Split(valid_fraction=0, test_fraction=0.5, group="country")
    test = Csv(train=train, split=split, slices=("country",)).build()().test
    assert test.groups == test.slices["country"]


def test_only_the_file_that_is_scored_needs_the_columns(tmp_path: Path) -> None:
    train = file(tmp_path, "text,label\nx,a\ny,b\nz,a\nv,b\n", "train.csv")
    test = file(tmp_path, "text,label,country\nw,a,de\nu,b,fr\n", "test.csv")
    splits = Csv(train=train, test=test, split=HALF, slices=("country",)).build()()
    assert splits.test.slices == {"country": ["de", "fr"]}
    assert splits.train.slices == {}


def test_values_of_json_are_as_they_are_written_and_null_is_blank(tmp_path: Path) -> None:
    values = ["de", None, 3, 2.5, True, ""]
    lines = [
        json.dumps({"text": f"text {n}", "label": "ab"[n % 2], "c": value}) for n, value in enumerate(values)
    ]
    path = file(tmp_path, "\n".join(lines), "a.jsonl")
    test = Jsonl(train=path, test=path, split=HALF, slices=("c",)).build()().test
    assert test.slices["c"] == ["de", "", "3", "2.5", "true", ""]


def test_a_value_that_is_a_list_is_refused_with_its_line(tmp_path: Path) -> None:
    path = file(tmp_path, '{"text": "x", "label": "a", "c": [1]}\n', "a.jsonl")
    with pytest.raises(DataError, match=r"a.jsonl:1: 'c' is an array"):
        Jsonl(train=path, split=HALF, slices=("c",)).build()()


def test_a_column_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    train = file(tmp_path, f"text,label,country,note\n{ROWS}")
    with pytest.raises(DataError, match=r"the header has no column 'cuntry'\n.*did you mean country"):
        Csv(train=train, slices=("cuntry",)).build()()


@pytest.mark.parametrize(
    ("slices", "problem"),
    [(("a", "a"), "'a' is named twice"), (("",), "'' is not the name"), ((-1,), "-1 is not the name")],
)
def test_columns_that_make_no_sense_are_refused(slices: tuple[str | int, ...], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        Csv(train=Path("a.csv"), slices=slices)


def test_a_format_without_columns_has_none() -> None:
    with pytest.raises(SettingsError, match="fasttext data has no columns beside text and label"):
        FastText(train=Path("a.txt"), slices=("country",))


TEXTS = [f"text {number}" for number in range(8)]
LABELS = ["a", "b"] * 4


def test_columns_in_memory_are_those_of_the_texts_that_are_scored() -> None:
    countries = [f"c{number}" for number in range(8)]
    test = InMemory(TEXTS, LABELS, split=HALF, slices={"country": countries}).build()().test
    assert [f"c{text.split()[1]}" for text in test.texts] == test.slices["country"]
    given = InMemory(TEXTS, LABELS, test=(TEXTS[:3], LABELS[:3]), slices={"n": [1, None, math.nan]})
    assert given.build()().test.slices == {"n": ["1", "", ""]}


def test_the_digest_is_of_texts_and_labels_alone() -> None:
    assert InMemory(TEXTS, LABELS, slices={"n": TEXTS}).sha256 == InMemory(TEXTS, LABELS).sha256


def test_columns_in_memory_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match=r"train: 1 value of slices\['n'\] beside 8 texts"):
        InMemory(TEXTS, LABELS, slices={"n": ["x"]})
    with pytest.raises(DataError, match=r"slices\['n'\] has a value of type list"):
        InMemory(TEXTS, LABELS, slices={"n": [["x"]] * 8})
