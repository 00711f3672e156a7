"""Labels of a dataset that no reader of files has held against the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pytest

from nlpkit import Dataset, Embedding, EmbeddingMean, Experiment, Splits, Standard, Texts, run
from nlpkit.data import audited, checked_labels
from nlpkit.errors import DataError

AS_STRING = 'write each class in one way, or set label_type = "string" to keep them apart'


def part(*labels: Any, name: str = "train") -> Texts:
    return Texts([f"{name} text {row}" for row in range(len(labels))], labels)


def splits(train: Texts, test: Texts, valid: Texts | None = None, **options: Any) -> Splits:
    return Splits(train, part() if valid is None else valid, test, "tickets", **options)


def refusal(found: Splits) -> str:
    with pytest.raises(DataError) as caught:
        audited(found)
    return str(caught.value)


@pytest.mark.parametrize(
    ("train", "test", "one", "two", "row"),
    [
        (["1", "0"], ["0.0"], "'0' (train of tickets, row 2)", "'0.0' (test of tickets, row 1)", 1),
        (["7", "8"], ["8", "007"], "'7' (train of tickets, row 1)", "'007' (test of tickets, row 2)", 2),
        ([1, 0], [True, False], "'1' (train of tickets, row 1)", "'true' (test of tickets, row 1)", 1),
    ],
)
def test_one_value_in_two_spellings_is_refused_across_parts(
    train: list[Any], test: list[Any], one: str, two: str, row: int
) -> None:
    common = set(map(str, train)) & set(map(str, test))  # else the parts had no label in common as strings
    assert refusal(splits(part(*train), part(*test, name="test"))) == (
        f"test of tickets, row {row}: the labels {one} and {two} are one value written in two ways\n"
        f"  {AS_STRING if common else 'write each class in one way'}"
    )


def test_one_value_in_two_spellings_is_refused_within_a_part() -> None:
    assert refusal(splits(part("1", "2", "1.0"), part("2", name="test"))).startswith(
        "train of tickets, row 3: the labels '1' (row 1) and '1.0' (row 3) are one value written in two ways"
    )


def test_codes_that_a_part_keeps_apart_are_classes_in_all() -> None:
    found = audited(splits(part("4.1", "4.10", "7"), part("4.10", name="test"), part("4.1", name="valid")))
    assert list(found.train.labels) == ["4.1", "4.10", "7"]
    assert found.notes[0].text == (
        "train of tickets: read '4.1' and '4.10' as codes: each is a class, 2 times (rows 1, 2)"
    )


def test_spaces_and_invisible_characters_around_a_label_are_removed_and_noted() -> None:
    found = audited(splits(part("good", "bad"), part("good\u200b", " bad", name="test")))
    assert list(found.test.labels) == ["good", "bad"]
    assert found.facts["unseen_label_test_rows"] == 0
    assert [note.text for note in found.notes] == [
        "test of tickets: removed spaces or invisible characters around a label, 2 times (rows 1, 2)"
    ]


def test_rows_are_told_by_their_numbers_in_the_source() -> None:
    test = Texts(["a", "b"], ["x", "NULL"], rows=[40, 70])
    assert (
        refusal(splits(part("x", "y"), test)).splitlines()[0]
        == "test of tickets, row 70: the label is missing"
    )


def test_a_part_that_has_no_label_of_train_is_refused() -> None:
    assert refusal(splits(part("good", "bad"), part("pos", "neg", name="test"))) == (
        "test of tickets: none of its labels is in train of tickets: 'pos', 'neg'\n"
        "  name the classes as train does: 'good', 'bad'"
    )


def test_a_class_for_nearly_every_row_is_hardly_the_label() -> None:
    many = part(*(f"word{n}" for n in range(30)))
    assert refusal(splits(many, part("word1", name="test"))) == (
        "train of tickets: 30 rows have 30 different labels, such as 'word0': is this really the label?\n"
        "  are the texts and the labels swapped?; if nearly every row is a class of its own, "
        'set label_type = "string"'
    )
    assert audited(splits(many, part("word1", name="test"), label_type="string")).facts["classes"] == 30


def test_labels_that_are_declared_to_be_as_they_are_written_stay_so() -> None:
    found = audited(splits(part("1", "None", "1.0"), part("true", "1", name="test"), label_type="string"))
    assert list(found.train.labels) == ["1", "None", "1.0"]
    assert list(found.test.labels) == ["true", "1"]
    assert found.facts["classes"] == 3


def test_an_empty_label_is_missing_even_as_it_is_written() -> None:
    found = splits(part("1", ""), part("1", name="test"), label_type="string")
    assert refusal(found).splitlines()[0] == "train of tickets, row 2: the label is missing"


def test_labels_that_have_been_checked_are_not_looked_at_again() -> None:
    checked = splits(part("1", "0"), part("0.0", "1", name="test"), label_type="checked")
    assert audited(checked).test.labels is checked.test.labels
    once = audited(splits(part("a", "b"), part("a", name="test")))
    assert once.label_type == "checked"


def test_labels_of_other_types_become_names_before_parts_are_drawn() -> None:
    parts, notes = checked_labels({"train": part(3, 4, 3), "test": part(4, name="test")})
    assert [list(each.labels) for each in parts.values()] == [["3", "4", "3"], ["4"]]
    assert list(parts) == ["train", "test"] and notes == ()
    with pytest.raises(DataError, match="train, row 2: the label is missing"):
        checked_labels({"train": part("a", None)})


@dataclass(frozen=True)
class Tickets(Dataset):
    """Tickets of a service."""

    label_type: Literal["auto", "string"] = "auto"

    def build(self) -> Callable[[], Splits]:
        return partial(read, self.label_type)


def read(label_type: Literal["auto", "string"]) -> Splits:
    train = part(*["1", "0"] * 8)
    return splits(train, part("1.0", "0", name="test"), part("0", "1", name="valid"), label_type=label_type)


def test_a_run_holds_the_labels_of_any_dataset_against_the_rules() -> None:
    encoder, trainer = EmbeddingMean(embedding=Embedding(size=2)), Standard(epochs=1)
    with pytest.raises(DataError, match=r"the labels '1' .* and '1\.0' .* are one value written in two ways"):
        run(Experiment(data=Tickets(), encoder=encoder, trainer=trainer))
    result = run(Experiment(data=Tickets("string"), encoder=encoder, trainer=trainer))
    assert result.splits.facts["unseen_label_test_rows"] == 1
