from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nlpkit.components.datasets import (
    AgNews,
    Arrow,
    ClassFiles,
    Csv,
    FastText,
    Folders,
    Json,
    Jsonl,
    LabelText,
    Parquet,
    Tsv,
    Txt,
)
from nlpkit.components.kinds import Dataset
from nlpkit.data.split import Split
from nlpkit.errors import DataError, SettingsError
from nlpkit.settings.help import field_docs

Written = Callable[[str, bytes], Path]
ROWS = [("oil up", "a"), ("art", "b"), ("gas down", "a"), ("film", "b")]
CSV = b"text,label\n" + b"".join(f"{text},{label}\n".encode() for text, label in ROWS)
FILES: dict[str, tuple[type[Dataset], bytes]] = {
    "train.csv": (Csv, CSV),
    "train.tsv": (Tsv, CSV.replace(b",", b"\t")),
    "train.jsonl": (
        Jsonl,
        b"".join(f'{{"text": "{text}", "label": "{label}"}}\n'.encode() for text, label in ROWS),
    ),
    "train.json": (
        Json,
        json.dumps({"rows": [{"text": text, "label": label} for text, label in ROWS]}).encode(),
    ),
    "train.label": (LabelText, b"".join(f"{label}\t{text}\n".encode() for text, label in ROWS)),
    "train.ft": (FastText, b"".join(f"__label__{label} {text}\n".encode() for text, label in ROWS)),
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_every_format_give_the_same_splits(written: Written, name: str) -> None:
    kind, content = FILES[name]

    splits = kind(train=written(name, content), split=Split(valid_fraction=0, test_fraction=0)).build()()

    assert list(zip(splits.train.texts, splits.train.labels, strict=True)) == ROWS
    assert (len(splits.valid), len(splits.test)) == (0, 0)
    assert splits.source == name


@pytest.mark.parametrize("kind", [Parquet, Arrow])
def test_files_of_pyarrow_give_the_same_splits(tmp_path: Path, kind: Callable[..., Dataset]) -> None:
    feather = pytest.importorskip("pyarrow.feather", reason="the extra arrow is not installed")
    texts, labels = zip(*ROWS, strict=True)
    table = pytest.importorskip("pyarrow").table({"text": texts, "label": labels})
    feather.write_feather(table, tmp_path / "train.dat")

    splits = kind(train=tmp_path / "train.dat", split=Split(valid_fraction=0, test_fraction=0)).build()()

    assert list(zip(splits.train.texts, splits.train.labels, strict=True)) == ROWS


@pytest.mark.parametrize("kind", [Folders, ClassFiles])
def test_folders_give_the_same_splits(tmp_path: Path, kind: Callable[..., Dataset]) -> None:
    for part in ("train", "test"):
        for number, (text, label) in enumerate(ROWS):
            name = f"{label}/{number}.txt" if kind is Folders else f"{label}.txt"
            (tmp_path / part / name).parent.mkdir(parents=True, exist_ok=True)
            with (tmp_path / part / name).open("a", encoding="utf-8") as file:
                file.write(text + "\n" * (kind is ClassFiles))

    splits = kind(train=tmp_path / "train", test=tmp_path / "test", split=Split(valid_fraction=0)).build()()

    for part in (splits.train, splits.test):
        assert sorted(zip(part.texts, part.labels, strict=True)) == sorted(ROWS)
    assert splits.source == "train test"
    assert [file.name for file in splits.files] == ["train", "test"]


def test_labels_may_be_in_files_of_their_own(written: Written) -> None:
    texts = "".join(f"{text}\n" for text, _ in ROWS).encode()
    labels = "".join(f"{label}\n" for _, label in ROWS).encode()

    splits = Txt(
        train=written("texts", texts),
        train_labels=written("labels", labels),
        test=written("test", b"sea\n\n"),
        test_labels=written("test_labels", b"a\nb"),
        split=Split(valid_fraction=0),
    ).build()()

    assert list(zip(splits.train.texts, splits.train.labels, strict=True)) == ROWS
    assert list(zip(splits.test.texts, splits.test.labels, strict=True)) == [("sea", "a"), ("", "b")]
    assert [file.name for file in splits.files] == ["texts", "labels", "test", "test_labels"]


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        ({}, {"train_labels": "is required and missing; give a path"}),
        (
            {"train_labels": "l", "test": "t"},
            {"test_labels": "is missing beside test; give both or neither"},
        ),
        (
            {"train_labels": "l", "valid_labels": "v"},
            {"valid": "is missing beside valid_labels; give both or neither"},
        ),
        (
            {"train_labels": "l", "valid": "a.txt", "valid_labels": "v"},
            {
                "train_labels": "a.txt has two files of labels; give it one",
                "valid_labels": "a.txt has two files of labels; give it one",
            },
        ),
    ],
)
def test_every_text_file_has_one_file_of_labels(settings: dict[str, Any], problems: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refusal:
        Txt(train=Path("a.txt"), **settings)

    assert refusal.value.by_field == problems


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (b"oil\nart\n", b"a\n", "texts: 2 texts and 1 label in labels\n  write one text a line and"),
        (b"oil\n", b"a\nb\n\n", "texts: 1 text and 3 labels in labels"),
        (b"oil\n" * 1030, b"a\n" * 2100, "texts: 1,030 texts and 2,100 labels in labels"),
        (b"oil\nart\n", b"a\n\n", "labels:2: the label is missing"),
        (b"oil\nart\n", b"a\n\xff\n", "labels:2: byte 0xff at offset 2 is not UTF-8"),
    ],
)
def test_labels_that_do_not_fit_the_texts_are_refused(
    written: Written, texts: bytes, labels: bytes, message: str
) -> None:
    dataset = Txt(train=written("texts", texts), train_labels=written("labels", labels))

    with pytest.raises(DataError) as refusal:
        dataset.build()()
    assert str(refusal.value).replace(f"{dataset.train.parent}/", "").startswith(message)


def test_spaces_around_a_label_in_a_file_of_its_own_are_noted_there(written: Written) -> None:
    none = Split(valid_fraction=0, test_fraction=0)
    labels = written("labels", b"a\n b\n")
    dataset = Txt(train=written("texts", b"oil\nart\n"), train_labels=labels, split=none)

    [note] = dataset.build()().notes
    assert (
        note.text
        == f"{dataset.train_labels}: removed spaces or invisible characters around a label, once (line 2)"
    )


def test_parts_with_files_of_their_own_are_read(written: Written) -> None:
    dataset = Csv(
        train=written("train.csv", CSV),
        valid=written("valid.csv", b"text,label\nsea,a\n"),
        test=written("test.csv", b"text,label\nair,b\nsky,c\n"),
    )

    splits = dataset.build()()

    assert (len(splits.train), len(splits.valid), len(splits.test)) == (4, 1, 2)
    assert set(splits.test.labels) == {"b", "c"}


def test_nothing_is_read_before_the_built_function_is_called(tmp_path: Path) -> None:
    read = Csv(train=tmp_path / "missing.csv").build()

    with pytest.raises(DataError, match="there is no such file"):
        read()


def test_settings_of_a_table_reach_the_reader(written: Written) -> None:
    dataset = Csv(
        train=written("train.csv", 'Öl;"hoch;a\nKunst;"tief;b\n'.encode("latin-1")),
        text=(0, 1),
        label=2,
        delimiter=";",
        quoted=False,
        encoding="latin-1",
        header=False,
        split=Split(valid_fraction=0, test_fraction=0),
    )

    assert sorted(dataset.build()().train.texts) == ['Kunst "tief', 'Öl "hoch']


@pytest.mark.parametrize("name", FILES)
def test_labels_may_be_read_as_they_are_written(written: Written, name: str) -> None:
    kind, content = FILES[name]
    for old, new in ((b"a\n", b"NULL\n"), (b'"a"', b'"NULL"'), (b"_a ", b"_NULL "), (b"a\t", b"NULL\t")):
        content = content.replace(old, new) if name != "train.tsv" or old == b"a\n" else content
    train = written(name, content)

    splits = kind(train=train, label_type="string").build()()

    assert set(splits.train.labels) == {"NULL", "b"}
    with pytest.raises(DataError, match="if 'NULL' should be a class, set label_type = \"string\""):
        kind(train=train).build()()


def test_groups_stay_together(written: Written) -> None:
    rows = "".join(f"text {n},{'ab'[n % 2]},author {n // 4}\n" for n in range(80)).encode()
    train = written("train.csv", b"text,label,by\n" + rows)
    dataset = Csv(train=train, split=Split(group="by"))

    splits = dataset.build()()

    parts = [set(part.groups) for part in (splits.train, splits.valid, splits.test)]
    assert sum(map(len, parts)) == 20
    assert all(parts)


def test_what_is_asked_of_the_rows_goes_with_them_to_the_run(written: Written) -> None:
    train = written("train.csv", b"text,label\n" + b"".join(b"text %d,a\n" % n for n in range(9)))

    as_given = Csv(train=train).build()()
    asked = Csv(train=train, strict=True, allow_constant=True).build()()

    assert (as_given.strict, as_given.allow_constant) == (False, False)
    assert (asked.strict, asked.allow_constant) == (True, True)
    assert asked.facts == {}


@pytest.mark.parametrize(
    ("kind", "settings", "problems"),
    [
        (Csv, {"max_chars": 0}, {"max_chars": "0 is not a whole number from 1 to 2147483647"}),
        (
            Csv,
            {"encoding": "utf-9", "errors": "ignore"},
            {
                "encoding": "'utf-9' is not the name of a text encoding; "
                "try utf-8, utf-16, latin-1 or cp1252",
                "errors": "'ignore' is not one of strict, replace",
            },
        ),
        (
            Csv,
            {"label": -1, "text": ("text", "")},
            {
                "label": "-1 is not the name of a column, nor a number from 0",
                "text": "'' is not the name of a column, nor a number from 0",
            },
        ),
        (Csv, {"text": ()}, {"text": "is empty; name one column or more"}),
        (
            Csv,
            {"max_chars": 0, "text": (), "delimiter": ",,"},
            {
                "max_chars": "0 is not a whole number from 1 to 2147483647",
                "text": "is empty; name one column or more",
                "delimiter": "',,' is not one character that can stand between cells",
            },
        ),
        (Csv, {"delimiter": ",,"}, {"delimiter": "',,' is not one character that can stand between cells"}),
        (Csv, {"delimiter": "\n"}, {"delimiter": r"'\n' is not one character that can stand between cells"}),
        (FastText, {"label_prefix": ""}, {"label_prefix": "is empty or has a space in it"}),
        *(
            (kind, {"split": Split(group="by")}, {"split": f"{name} data has no columns to group by"})
            for kind, name in {
                FastText: "fasttext",
                LabelText: "label_text",
                Folders: "folders",
                ClassFiles: "class_files",
            }.items()
        ),
    ],
)
def test_wrong_settings_of_files_are_refused(
    kind: type[Dataset], settings: dict[str, Any], problems: dict[str, str]
) -> None:
    with pytest.raises(SettingsError) as refusal:
        kind(train=Path("a.csv"), **settings)

    assert refusal.value.by_field == problems


def test_paths_and_columns_may_be_given_as_strings() -> None:
    given: dict[str, Any] = {"train": "a.csv", "test": "b.csv", "text": "body"}
    assert Csv(**given) == Csv(train=Path("a.csv"), test=Path("b.csv"), text=("body",))
    assert Csv(train=Path("a.csv"), text=[0, "body"]).text == (0, "body")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        ({"valid_fraction": -0.1}, {"valid_fraction": "-0.1 is not a number from 0 to 1"}),
        (
            {"valid_fraction": 0.5, "test_fraction": 0.5},
            {"test_fraction": "0.5 and the valid_fraction of 0.5 leave no rows for train"},
        ),
        ({"seed": -1}, {"seed": "-1 is not a whole number from 0 to 9223372036854775807"}),
        ({"group": ""}, {"group": "'' is not the name of a column, nor a number from 0"}),
    ],
)
def test_wrong_settings_of_a_split_are_refused(settings: dict[str, Any], problems: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refusal:
        Split(**settings)

    assert refusal.value.by_field == problems


def test_ag_news_has_nothing_to_group_by() -> None:
    with pytest.raises(SettingsError, match="AG News has no column to group by"):
        AgNews(split=Split(group=0))


@pytest.mark.parametrize(
    "kind",
    [
        AgNews,
        Arrow,
        ClassFiles,
        Csv,
        FastText,
        Folders,
        Json,
        Jsonl,
        LabelText,
        Parquet,
        Split,
        Tsv,
        Txt,
    ],
)
def test_every_setting_has_a_line_of_documentation(kind: type) -> None:
    assert field_docs(kind).keys() == {field.name for field in fields(kind)}


def test_settings_are_made_without_heavy_libraries() -> None:
    code = """
import sys
from pathlib import Path
from nlpkit.components.datasets import AgNews, Csv

AgNews().build(), Csv(Path("a.csv")).build()
print(sorted({"torch", "numpy", "sklearn", "pooch", "requests", "platformdirs"} & set(sys.modules)))
"""

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"


def test_the_header_of_train_is_one_in_test(written: Written) -> None:
    rows = "".join(f"text {number},{'ab'[number % 2]}\n" for number in range(8))
    train = written("train.csv", f"remark,verdict\n{rows}".encode())
    test = written("test.csv", b"remark,verdict\nodd,b\n")

    splits = Csv(train=train, test=test, text=(0,), label=1).build()()

    assert list(splits.test.labels) == ["b"]
