from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlpkit import InMemory, Split
from nlpkit.components.datasets import Csv, FastText, Folders, Jsonl
from nlpkit.data.auditing.oddities import audited
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import DataError, SettingsError
from nlpkit.vocab import Labels

SETS = [("oil",), ("art", "oil"), (), ("art",), ("oil", "war"), ("war",), (), ("art", "war")] * 10
TEXTS = [f"text {place} of a paper" for place in range(len(SETS))]
ALL = Split(valid_fraction=0, test_fraction=0)


def read(kind: Any, path: Path, content: str, **given: Any) -> Splits:
    path.write_text(content, encoding="utf-8")
    splits: Splits = kind(train=path, split=ALL, multi_label=True, **given).build()()
    return splits


def test_every_way_to_write_label_sets_is_read_as_the_same(tmp_path: Path) -> None:
    rows = list(zip(TEXTS, SETS, strict=True))
    objects = [json.dumps({"text": text, "label": list(names)}) for text, names in rows]
    lines = [" ".join([*(f"__label__{name}" for name in names), text]) for text, names in rows]
    marks = [f"{text},{int('oil' in s)},{int('art' in s)},{int('war' in s)}" for text, s in rows]
    cells = [f"{text},{';'.join(reversed(names))}" for text, names in rows]
    found = [
        read(Csv, tmp_path / "a.csv", "\n".join(["text,label", *cells])),
        read(
            Csv,
            tmp_path / "b.csv",
            "\n".join(["text,oil,art,war", *marks]),
            label_columns=("oil", "art", "war"),
        ),
        read(Jsonl, tmp_path / "c.jsonl", "\n".join(objects)),
        read(FastText, tmp_path / "d.ft", "\n".join(lines)),
        InMemory(TEXTS, SETS, multi_label=True, split=ALL).build()(),
        InMemory(TEXTS, list(map(set, SETS)), multi_label=True, split=ALL).build()(),
    ]
    for splits in found:
        assert splits.multi_label
        assert splits.train.label_sets == SETS
        assert list(splits.train.texts) == TEXTS


def test_a_line_of_fasttext_with_a_label_inside_the_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the line has a label inside the text"):
        read(FastText, tmp_path / "a.ft", "__label__oil up __label__art down\n")


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (Csv, {"label_separator": ";"}, "label_separator: is for multi_label = true"),
        (Csv, {"label_columns": ("oil",)}, "label_columns: is for multi_label = true"),
        (Csv, {"multi_label": True, "label_columns": ("oil", "oil")}, "label_columns: 'oil' is named twice"),
        (Jsonl, {"multi_label": True, "label_separator": "||"}, "label_separator: '||' is not one character"),
        (Folders, {"multi_label": True}, "multi_label: a folder gives each text one label"),
    ],
)
def test_settings_of_several_labels_that_do_not_fit_are_refused(kind: Any, given: Any, said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        kind(train=Path("a"), **given)
    assert said in str(refusal.value)


def test_gold_has_a_column_for_each_class_and_behind_them_new_names() -> None:
    labels = Labels.of(Texts.of_sets(["a", "b"], [["oil"], ["art", "war"]]).names)
    test = Texts.of_sets(["c", "d"], [["go", "oil"], []])
    expected = [[False, True, False, True], [False] * 4]
    np.testing.assert_array_equal(test.gold(labels), expected)


def test_texts_are_taken_and_told_apart_with_their_label_sets() -> None:
    texts = Texts.of_sets(TEXTS, SETS)
    assert texts.take([1, 2]).label_sets == [("art", "oil"), ()]
    assert texts.sha256 != Texts.of_sets(TEXTS, [*SETS[:-1], ("art",)]).sha256


def test_a_name_with_the_separator_in_it_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the label 'oil\|gas' has '\|' in it"):
        Texts.of_sets(["a"], [["oil|gas"]])


def test_each_label_keeps_its_share_in_every_part() -> None:
    splits = InMemory(TEXTS * 1, SETS, multi_label=True).build()()
    whole = Counter(name for names in SETS for name in names)
    for part, share in ((splits.train, 0.7), (splits.valid, 0.1), (splits.test, 0.2)):
        counts = Counter(part.names)
        for name, count in whole.items():
            assert abs(counts[name] - share * count) <= 3


def test_the_audit_counts_labels_and_texts_without_any() -> None:
    splits = audited(InMemory(TEXTS, SETS, multi_label=True, split=ALL).build()())
    assert splits.facts["classes"] == 3
    assert splits.facts["unlabelled_train_rows"] == 20
    assert splits.facts["labels_per_text"] == 1.125
    assert "3 labels, 1.12 a text on average and 2 at most; 20 texts of train without any" in [
        note.text for note in splits.notes
    ]


def test_a_label_of_all_texts_is_noted() -> None:
    found = audited(InMemory(TEXTS, [["all", *names] for names in SETS], multi_label=True).build()())
    assert "every text of train has the label 'all', which says nothing of a text" in [
        note.text for note in found.notes
    ]


def test_texts_without_any_label_teach_nothing() -> None:
    with pytest.raises(DataError, match="no text of train has a label: nothing to learn"):
        audited(InMemory(TEXTS, [[]] * len(TEXTS), multi_label=True).build()())


def test_parts_of_different_tasks_are_refused() -> None:
    splits = Splits(Texts.of_sets(TEXTS, SETS), Texts([], []), Texts(["a"], ["oil"]), "mine")
    with pytest.raises(DataError, match="the parts have not the same separator of labels"):
        audited(splits)


def test_a_dataset_of_a_plugin_may_give_label_sets() -> None:
    train, test = Texts.of_sets(TEXTS, SETS), Texts.of_sets(["new"], [["oil", "go"]])
    found = audited(Splits(train, Texts.of_sets([], []), test, "mine"))
    assert found.test.label_sets == [("go", "oil")]
    assert found.facts["unseen_label_test_rows"] == 1
