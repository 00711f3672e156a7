from __future__ import annotations

import pickle
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nlpkit
from nlpkit.errors import DataError, SettingsError

TEXTS = [f"the {thing} {verb}" for thing in map(chr, range(97, 106)) for verb in ("leaks", "hums", "works")]
LABELS = [["bad", "good", "good"][row % 3] for row in range(len(TEXTS))]


def columns(texts: list[Any], labels: list[Any]) -> dict[str, Any]:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    arrow = pytest.importorskip("pyarrow")
    return {
        "tuples": (tuple(texts), tuple(labels)),
        "numpy": (np.array(texts), np.array(labels)),
        "numpy-objects": (np.array(texts, object), np.array(labels, object)),
        "pandas": (pandas.Series(texts, index=range(7, 7 + len(texts))), pandas.Series(labels)),
        "pandas-categories": (pandas.Series(texts), pandas.Series(labels, dtype="category")),
        "polars": (polars.Series(texts), polars.Series(labels)),
        "arrow": (arrow.array(texts), arrow.array(labels)),
        "iterators": (iter(texts), iter(labels)),
    }


@pytest.mark.parametrize(
    "labels", [LABELS, [len(label) for label in LABELS], [label == "bad" for label in LABELS]]
)
def test_columns_of_every_kind_are_the_same_dataset(labels: list[Any]) -> None:
    expected = nlpkit.InMemory(TEXTS, labels)
    for name, (texts, named) in columns(TEXTS, labels).items():
        found = nlpkit.InMemory(texts, named)
        assert found == expected, name
        assert list(found.build()().train.texts) == list(expected.build()().train.texts), name


def test_parts_that_are_given_are_not_drawn() -> None:
    data = nlpkit.InMemory(
        TEXTS, LABELS, valid=(["a fan"], ["good"]), test=(["an oven", "oil"], ["bad", "new"])
    )

    splits = data.build()()

    assert (len(splits.train), list(splits.valid.texts)) == (len(TEXTS), ["a fan"])
    assert (list(splits.test.texts), list(splits.test.labels)) == (["an oven", "oil"], ["bad", "new"])


def test_a_digest_is_of_texts_labels_and_parts() -> None:
    none = nlpkit.Split(valid_fraction=0, test_fraction=0)
    digests = {
        nlpkit.InMemory(["ab", "c"], ["x", "y"], split=none).sha256,
        nlpkit.InMemory(["a", "bc"], ["x", "y"], split=none).sha256,
        nlpkit.InMemory(["ab", "c"], ["y", "x"], split=none).sha256,
        nlpkit.InMemory(["ab", "c"], ["x", "x"], split=none).sha256,
        nlpkit.InMemory(["ab"], ["x"], test=(["c"], ["x"])).sha256,
    }

    assert len(digests) == 5


@pytest.mark.parametrize(
    ("texts", "labels", "said"),
    [
        ("oil", ["a"], "train: the texts are a string, not a column"),
        (3, ["a"], "train: the texts are a number, not a column"),
        (np.zeros((2, 2)), ["a", "b"], "train: the texts are a table, not a column"),
        ({"text": ["oil"]}, ["a"], "train: the texts are a table, not a column"),
        (["oil", None], ["a", "b"], "train in memory, row 2: the text is None, not a string"),
        (["oil", float("nan")], ["a", "b"], "train in memory, row 2: the text is NaN, not a string"),
        (
            [["oil"], "art"],
            ["a", "b"],
            "train in memory, row 1: the text is a value of type list, not a string",
        ),
        ([b"oil"], ["a"], "train in memory, row 1: the text is a value of type bytes, not a string"),
        (["oil", "art"], ["a"], "train: 2 texts beside 1 label"),
        (["oil", "art"], ["a", None], "train in memory, row 2: the label is missing"),
        (["oil", "art"], ["a", 1], "train in memory, row 2: the labels are of several types"),
        (["oil", "art"], ["a", float("nan")], "train in memory, row 2: the label is missing"),
        (["oil", "art"], list(np.eye(2)), "train in memory, row 1: the label is a ndarray"),
        ([np.array(["oil", "gas"])], ["a"], "train in memory, row 1: the text is a value of type ndarray"),
        ({"oil", "art"}, ["a", "b"], "train: the texts are a set, which has no order"),
    ],
)
def test_what_is_no_column_of_texts_or_labels_is_refused(texts: Any, labels: Any, said: str) -> None:
    with pytest.raises(DataError) as refusal:
        nlpkit.InMemory(texts, labels)

    assert str(refusal.value).startswith(said)


def test_a_label_that_is_masked_is_missing() -> None:
    labels = np.ma.masked_array(
        [row % 3 / 2 for row in range(len(TEXTS))], [row == 4 for row in range(len(TEXTS))]
    )

    with pytest.raises(DataError, match="row 5: the label is missing"):
        nlpkit.InMemory(TEXTS, labels)


def test_settings_beside_the_columns_are_checked() -> None:
    with pytest.raises(SettingsError, match=r"split: 'x' is not a Split; give .*; strict: 'no' is not true"):
        nlpkit.InMemory(["oil"], ["a"], split="x", strict="no")  # type: ignore[arg-type]


def test_a_run_folder_says_what_the_texts_were_and_asks_for_them(tmp_path: Path) -> None:
    data = nlpkit.InMemory(TEXTS, LABELS)
    experiment = nlpkit.Experiment(
        data=data,
        encoder=nlpkit.EmbeddingMean(embedding=nlpkit.Embedding(size=4)),
        collator=nlpkit.Offsetify(),
        trainer=nlpkit.Standard(epochs=1),
    )

    result = nlpkit.run(experiment, tmp_path / "run")

    [file] = result.manifest["data"]["files"]
    size = sum(map(len, TEXTS))
    assert file == {"name": "texts in memory", "size": size, "sha256": data.sha256}
    loaded = nlpkit.load_experiment(tmp_path / "run" / "experiment.toml")
    assert loaded == experiment
    with pytest.raises(DataError, match="these texts were in memory, and only their digest is in the file"):
        nlpkit.run(loaded)
    again = nlpkit.run(replace(loaded, data=nlpkit.InMemory(TEXTS, LABELS)))
    assert again.scores == result.scores


def test_it_can_be_sent_to_another_process() -> None:
    data = nlpkit.InMemory(TEXTS, LABELS)

    sent = pickle.loads(pickle.dumps(data))

    assert sent == data
    assert list(sent.build()().train.texts) == list(data.build()().train.texts)


def test_labels_may_be_taken_as_they_are_written() -> None:
    labels = ["NULL", 1, "1.0"] * 9

    splits = nlpkit.InMemory(TEXTS, labels, label_type="string").build()()

    assert set(splits.train.labels) == {"NULL", "1", "1.0"}


def test_strings_of_an_enumeration_are_their_values() -> None:
    team = Enum("team", {"REPAIRS": "repairs", "BILLS": "bills"}, type=str)

    splits = nlpkit.InMemory(TEXTS, [list(team)[row % 2] for row in range(len(TEXTS))]).build()()

    assert set(splits.train.labels) == {"repairs", "bills"}


def test_parts_that_name_the_classes_in_two_ways_are_refused() -> None:
    labels = [float(row % 2) for row in range(len(TEXTS))]

    with pytest.raises(DataError, match=r"'0.0' \(train, row 1\) and '0' \(test, row 1\) are one value"):
        nlpkit.InMemory(TEXTS, labels, test=(["oil", "art"], [0, 1]))
    with pytest.raises(DataError, match="test: none of its labels is in train: 'x'"):
        nlpkit.InMemory(TEXTS, LABELS, test=(["oil"], ["x"]))


def test_weights_go_with_the_texts_of_training() -> None:
    weights = [float(row + 1) for row in range(len(TEXTS))]
    data = nlpkit.InMemory(TEXTS, LABELS, weights=weights)
    train = data.build()().train
    assert [TEXTS[int(weight) - 1] for weight in train.weights] == list(train.texts)
    assert data.sha256 != nlpkit.InMemory(TEXTS, LABELS).sha256
    assert data.sha256 == nlpkit.InMemory(TEXTS, LABELS, weights=np.array(weights)).sha256


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0], "train: 1 weight beside 27 texts"),
        ([1.0] * 26 + [0.0], "train in memory:row 27: the weight 0.0 is not a number above 0"),
        ([1.0] * 26 + [float("nan")], "the weight nan is not a number above 0"),
        ([1.0] * 26 + ["1"], "the weight a string is not a number above 0"),
    ],
)
def test_weights_that_are_none_are_refused(weights: list[Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        nlpkit.InMemory(TEXTS, LABELS, weights=weights)
