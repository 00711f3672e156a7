from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.classes import check_known, check_parts
from nlpkit.data.reading.layout import CsvLayout, FastTextLayout
from nlpkit.data.reading.readers import read_file
from nlpkit.errors import DataError

TRAIN, VALID, TEST = Path("train.csv"), Path("valid.csv"), Path("test.csv")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(path: Path, *labels: str) -> None:
    path.write_text("text,label\n" + "".join(f'text,"{label}"\n' for label in labels), encoding="utf-8")


def check(*paths: Path, **options: Any) -> None:
    read = partial(read_file, layout=CsvLayout(**options))
    check_parts({path: read(path) for path in paths}, paths[0])


def refusal_of(*paths: Path, **options: Any) -> str:
    with pytest.raises(DataError) as refusal:
        check(*paths, **options)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("train", "test", "one", "two"),
    [
        (["1.0", "0.0"], ["0", "1"], "'1.0' (train.csv:2)", "'1' (test.csv:3)"),
        (["1", "0"], ["x", "True"], "'1' (train.csv:2)", "'True' (test.csv:3)"),
        (["7", "8"], ["8", "007"], "'7' (train.csv:2)", "'007' (test.csv:3)"),
        (["8", "4.10"], ["8", "4.1"], "'4.10' (train.csv:3)", "'4.1' (test.csv:3)"),
        (["yes", "no"], ["1", "0"], "'yes' (train.csv:2)", "'1' (test.csv:2)"),
        (["1000", "7"], ["7", "1,000"], "'1000' (train.csv:2)", "'1,000' (test.csv:3)"),
    ],
)
def test_one_value_written_in_two_ways_is_refused_across_files(
    train: list[str], test: list[str], one: str, two: str
) -> None:
    write(TRAIN, *train)
    write(TEST, *test)

    place = two.split("(")[1].rstrip(")")
    apart = ', or set label_type = "string" to keep them apart' if {*train} & {*test} else ""
    assert refusal_of(TRAIN, TEST) == (
        f"{place}: the labels {one} and {two} are one value written in two ways\n"
        f"  write each class in one way{apart}"
    )


def test_valid_and_test_are_compared_with_each_other_too() -> None:
    write(TRAIN, "a", "b")
    write(VALID, "a", "1")
    write(TEST, "a", "1.0")

    assert refusal_of(TRAIN, VALID, TEST).startswith(
        "test.csv:3: the labels '1' (valid.csv:3) and '1.0' (test.csv:3) are one value"
    )


def test_codes_that_one_file_keeps_apart_are_apart_in_all() -> None:
    write(TRAIN, "4.1", "4.10", "7")
    write(VALID, "4.1")
    write(TEST, "4.10", "7", "007")

    check(TRAIN, VALID, TEST)


def test_labels_as_they_are_written_are_apart_across_files() -> None:
    write(TRAIN, "1.0", "2")
    write(TEST, "1", "2")

    check(TRAIN, TEST, label_type="string")


@pytest.mark.parametrize("label_type", ["auto", "string"])
def test_a_file_that_has_no_label_of_train_is_refused(label_type: str) -> None:
    write(TRAIN, "good", "bad")
    write(TEST, "pos", "neg", "neg", "mixed", "none of these")

    assert refusal_of(TRAIN, TEST, label_type=label_type) == (
        "test.csv: none of its labels is in train.csv: 'pos', 'neg', 'mixed' and 1 more\n"
        "  name the classes as train.csv does: 'good', 'bad'"
    )


def test_a_file_with_one_label_of_train_passes() -> None:
    write(TRAIN, "good", "bad")
    write(TEST, "pos", "bad")

    check(TRAIN, TEST)


def test_a_class_for_each_row_is_hardly_the_label() -> None:
    write(TRAIN, *(f"a long sentence that is number {n // 2 * 2 if n > 15 else n}" for n in range(20)))

    assert refusal_of(TRAIN) == (
        "train.csv: 20 rows have 18 different labels, such as 'a long sentence that is numbe…': "
        "is this really the label?\n"
        "  are the columns swapped? the text is read from 'text' and the label from 'label'; "
        'if nearly every row is a class of its own, set label_type = "string"'
    )
    check(TRAIN, label_type="string")


@pytest.mark.parametrize("text", ["label", ("text", "label"), ("text", 1)])
def test_a_text_that_has_the_label_in_it_is_refused(text: object) -> None:
    write(TRAIN, "good", "bad")

    assert refusal_of(TRAIN, text=text) == (
        "train.csv:1: the column 'label' is the label and part of the text: the text would give the answer "
        "away\n"
        "  name another column for the text, or for the label"
    )


def test_few_rows_and_half_as_many_classes_as_rows_are_fine() -> None:
    write(TRAIN, *(f"c{n}" for n in range(19)))
    check(TRAIN)
    write(TRAIN, *(f"c{n // 2}" for n in range(40)))
    check(TRAIN)


def test_only_train_needs_rows_for_its_classes() -> None:
    write(TRAIN, *(f"c{n % 30}" for n in range(90)))
    write(TEST, *(f"c{n}" for n in range(30)))

    check(TRAIN, TEST)


def test_a_fasttext_file_with_a_class_for_each_row_is_told_how_a_line_is_written() -> None:
    path = Path("a.ft")
    path.write_text("".join(f"__label__word{n} text\n" for n in range(30)), encoding="utf-8")

    with pytest.raises(DataError) as refusal:
        check_parts({path: read_file(path, FastTextLayout())}, path)

    assert str(refusal.value) == (
        "a.ft: 30 rows have 30 different labels, such as 'word0': is this really the label?\n"
        "  a line is __label__, the name of the class, a space and the text; "
        'if nearly every row is a class of its own, set label_type = "string"'
    )


def known(*names: str, **options: Any) -> str:
    try:
        check_known(read_file(TEST, CsvLayout(**options)), TEST, names)
    except DataError as refusal:
        return str(refusal)
    return ""


def test_words_of_truth_are_words_beside_other_numbers_and_where_labels_are_strings() -> None:
    write(TRAIN, "yes", "no", "1", "2")
    check(TRAIN)
    write(TRAIN, "yes", "no", "1")
    check(TRAIN, label_type="string")
    said = "train.csv:4: the labels 'yes' (line 2) and '1' (line 4) are one value written in two ways"
    assert refusal_of(TRAIN).startswith(said)


def test_a_label_that_a_model_knows_in_another_spelling_is_refused() -> None:
    write(TEST, "2.0", "1")

    assert known("1.0", "2.0") == (
        "test.csv:3: the label '1' and the model's class '1.0' are one value written in two ways\n"
        "  write the label as the model has it, or use --label-type string to keep them apart"
    )
    assert known("1.0", "2.0", label_type="string") == ""


def test_codes_that_a_model_or_a_file_keeps_apart_are_new_labels_at_most() -> None:
    write(TEST, "4.1", "4.10")
    assert known("4.1", "5") == ""
    write(TEST, "4.10")
    assert known("4.1", "4.10") == ""


def test_a_file_without_a_label_that_the_model_knows_is_refused() -> None:
    write(TEST, "pos", "neg")

    assert known("good", "bad", label_type="string") == (
        "test.csv: none of its labels is a class of the model: 'pos', 'neg'\n"
        "  the model knows 'good', 'bad'; is this the right column (--label)?"
    )
