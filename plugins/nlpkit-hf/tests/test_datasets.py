from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import ConfigError, DataError, MissingError, NetworkError, Split
from nlpkit.data import audited
from nlpkit.testing import check_dataset
from nlpkit_hf import HfDataset

datasets = pytest.importorskip("datasets", reason="the extra datasets is not installed")

ROWS = [{"text": f"the text number {i}", "label": i % 2, "title": f"Title {i}"} for i in range(40)]


def named(rows: list[dict[str, Any]]) -> Any:
    """Rows whose labels are numbers with names."""
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["world", "sports"]),
            "title": datasets.Value("string"),
        }
    )
    return datasets.Dataset.from_list(rows, features=features)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Parquet files for train and test."""
    made = tmp_path / "news"
    made.mkdir()
    named(ROWS[:30]).to_parquet(made / "train.parquet")
    named(ROWS[30:]).to_parquet(made / "test.parquet")
    return made


@pytest.fixture(autouse=True)
def no_bars() -> Iterator[None]:
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def test_it_keeps_its_promises(folder: Path) -> None:
    check_dataset(HfDataset(folder, test="test"))


def test_numbers_with_names_are_read_as_names(folder: Path) -> None:
    splits = HfDataset(folder, test="test").build()()
    assert list(splits.test.texts) == [row["text"] for row in ROWS[30:]]
    assert list(splits.test.labels) == ["world", "sports"] * 5
    assert (len(splits.train), len(splits.valid)) == (27, 3)
    assert [file.name for file in splits.files] == ["test.parquet", "train.parquet"]
    assert splits.source == "news"


def test_columns_are_joined_and_a_split_that_is_not_read_is_noted(folder: Path) -> None:
    splits = HfDataset(folder, text=("title", "text")).build()()
    assert "Title 0 the text number 0" in set(splits.train.texts) | set(splits.valid.texts) | set(
        splits.test.texts
    )
    assert "splits that are not read: test (data.valid, data.test)" in map(str, splits.notes)
    assert len(splits.train) + len(splits.valid) + len(splits.test) == 30


def test_groups_stay_together(folder: Path) -> None:
    splits = HfDataset(folder, test="test", split=Split(group="label", stratified=False)).build()()
    assert set(splits.train.labels).isdisjoint(splits.valid.labels)


@pytest.mark.parametrize("format", ["csv", "jsonl", "arrow"])
def test_other_formats_give_the_same_rows(format: str, tmp_path: Path) -> None:
    rows = [{**row, "label": str(row["label"] == 1).lower() + "!"} for row in ROWS]
    data = datasets.Dataset.from_list(rows)
    if format == "csv":
        data.to_csv(tmp_path / "train.csv")
    elif format == "jsonl":
        (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        data.save_to_disk(tmp_path)
    splits = HfDataset(tmp_path).build()()
    parts = [splits.train, splits.valid, splits.test]
    assert sorted(text for part in parts for text in part.texts) == sorted(row["text"] for row in rows)
    assert {label for part in parts for label in part.labels} == {"true!", "false!"}


def test_nothing_is_left_outside_the_folder(folder: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    HfDataset(folder, test="test").build()()
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_missing_label_is_refused_with_its_row(folder: Path) -> None:
    named([*ROWS[:3], {**ROWS[3], "label": -1}]).to_parquet(folder / "train.parquet")
    with pytest.raises(DataError, match="train of news, row 4: the label is missing"):
        HfDataset(folder, test="test").build()()


def test_labels_may_be_read_as_they_are_written(folder: Path) -> None:
    for name in ("train", "test"):
        rows = [{"text": f"{name} {i}", "label": "NULL" if i % 2 else "news"} for i in range(10)]
        datasets.Dataset.from_list(rows).to_parquet(folder / f"{name}.parquet")
    with pytest.raises(DataError, match="train of news, row 2: 5 labels are missing"):
        HfDataset(folder, test="test").build()()
    assert set(HfDataset(folder, test="test", label_type="string").build()().train.labels) == {"NULL", "news"}


def of_strings(folder: Path, **labels: list[str]) -> HfDataset:
    for name, given in labels.items():
        rows = [{"text": f"{name} {row}", "label": label} for row, label in enumerate(given)]
        datasets.Dataset.from_list(rows).to_parquet(folder / f"{name}.parquet")
    return HfDataset(folder, test="test")


def test_one_value_in_two_spellings_is_refused_across_splits(folder: Path) -> None:
    data = of_strings(folder, train=["1", "0"] * 4, test=["0", "1.0"])
    with pytest.raises(DataError) as caught:
        data.build()()
    assert str(caught.value) == (
        "test of news, row 2: the labels '1' (train of news, row 1) and '1.0' (test of news, row 2) are one "
        "value written in two ways\n"
        '  write each class in one way, or set label_type = "string" to keep them apart'
    )
    assert set(replace(data, label_type="string").build()().test.labels) == {"0", "1.0"}


def test_codes_of_train_are_classes_wherever_they_are_drawn_to(folder: Path) -> None:
    data = of_strings(folder, train=["4.1", "4.10", "7", "7"] * 5, test=["4.10", "7"])
    splits = audited(data.build()())
    assert {label for part in (splits.train, splits.valid) for label in part.labels} == {"4.1", "4.10", "7"}
    assert [note.text for note in splits.notes].count(
        "train of news: read '4.1' and '4.10' as codes: each is a class, 10 times (rows 1, 2, 5 and 7 more)"
    ) == 1


def test_invisible_characters_around_a_label_are_removed(folder: Path) -> None:
    splits = of_strings(folder, train=["good", "bad"] * 4, test=["good\u200b", "bad "]).build()()
    assert list(splits.test.labels) == ["good", "bad"]


def test_names_that_the_dataset_declares_are_classes_as_they_are(folder: Path) -> None:
    label = datasets.ClassLabel(names=["None", "1", "1.0"])
    features = datasets.Features({"text": datasets.Value("string"), "label": label})
    for name in ("train", "test"):
        rows = [{"text": f"{name} {row}", "label": row % 3} for row in range(9)]
        datasets.Dataset.from_list(rows, features=features).to_parquet(folder / f"{name}.parquet")
    assert set(audited(HfDataset(folder, test="test").build()()).train.labels) == {"None", "1", "1.0"}


def test_a_missing_text_is_refused_with_its_row(folder: Path) -> None:
    named([ROWS[0], {**ROWS[1], "text": None}]).to_parquet(folder / "train.parquet")
    with pytest.raises(DataError, match="train, row 2: 'text' is missing, and a string is expected"):
        HfDataset(folder, test="test").build()()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"test": "tset"}, "the dataset has no split 'tset'; did you mean test?"),
        ({"label": "lable"}, "the split 'train' has no column 'lable'; did you mean label?"),
        ({"text": ("body",)}, "the split 'train' has no column 'body'; known: label, text, title"),
    ],
)
def test_unknown_names_are_errors_with_the_nearest(
    folder: Path, settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        HfDataset(folder, **settings).build()()
    assert caught.value.message == problem


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="datasets cannot read this folder"):
        HfDataset(tmp_path).build()()
    with pytest.raises(DataError, match="there is no such folder"):
        HfDataset(tmp_path / "none").build()()


def test_a_script_is_never_run(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "made.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(DataError, match=r"made by a script, made\.py, and scripts are never run"):
        HfDataset(folder).build()()
    assert not (tmp_path / "ran").exists()


def test_a_description_sends_nobody_to_the_network(folder: Path) -> None:
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: default\n  data_files: https://example.org/train.csv\n---\n"
    )
    with pytest.raises(DataError, match="its data_files are somewhere on the network"):
        HfDataset(folder).build()()


@pytest.mark.parametrize("variable", ["NLPKIT_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_a_dataset_of_the_hub_is_not_asked_for(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv(variable, "1")
    if variable == "HF_HUB_OFFLINE":  # which is read when the library is imported
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(NetworkError, match="is not in the hub's cache, and could not be downloaded"):
        HfDataset(name="nobody/nothing", revision="v1").build()()


def test_a_pinned_revision_in_the_cache_is_read_offline(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shutil

    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    shutil.copytree(folder, tmp_path / "hub" / "datasets--some--news" / "snapshots" / commit)
    splits = HfDataset(name="some/news", revision=commit, test="test").build()()
    assert splits.source == f"some/news@{commit}"
    assert len(splits.test) == 10
    with pytest.raises(NetworkError):
        HfDataset(name="some/news", revision="f" * 40, test="test").build()()


def test_without_datasets_the_command_to_install_it_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingError, match="datasets is needed here") as caught:
        HfDataset(folder).build()()
    assert caught.value.hint == "install it with: pip install 'nlpkit-hf[datasets]'"
