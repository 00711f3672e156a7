from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from nlpkit.data.auditing.oddities import oddities
from nlpkit.data.reading.layout import CsvLayout
from nlpkit.data.reading.readers import read_file
from nlpkit.data.split import Split, draw_parts, read_parts
from nlpkit.data.texts import Texts
from nlpkit.errors import DataError

Written = Callable[[str, bytes], Path]
READ = partial(read_file, layout=CsvLayout())


def texts(count: int, labels: str = "ab") -> Texts:
    return Texts([f"text {n}" for n in range(count)], [labels[n % len(labels)] for n in range(count)])


def test_parts_that_are_missing_are_drawn_from_train() -> None:
    splits = draw_parts(texts(100), None, None, Split())

    assert (len(splits.train), len(splits.valid), len(splits.test)) == (70, 10, 20)
    assert sorted([*splits.train.rows, *splits.valid.rows, *splits.test.rows]) == list(range(1, 101))
    assert splits.notes == ()


def test_a_part_that_is_given_is_left_alone_and_its_fraction_unused() -> None:
    test = texts(7)

    splits = draw_parts(texts(100), None, test, Split(test_fraction=0.5))

    assert splits.test is test
    assert (len(splits.train), len(splits.valid)) == (90, 10)


def test_train_stays_whole_where_nothing_is_missing() -> None:
    train = texts(10)

    splits = draw_parts(train, texts(3), texts(4), Split())

    assert splits.train is train


def test_a_fraction_of_zero_draws_nothing_and_says_nothing() -> None:
    splits = draw_parts(texts(10), None, None, Split(valid_fraction=0, test_fraction=0))

    assert (len(splits.train), len(splits.valid), len(splits.test)) == (10, 0, 0)
    assert splits.notes == ()


def test_a_class_with_one_row_stays_in_train_and_is_named() -> None:
    train = texts(20, labels="aaaaaaaaac" + "bbbbbbbbbd")

    splits = draw_parts(train, None, None, Split(valid_fraction=0.3, test_fraction=0.4))

    assert {"c", "d"} <= set(splits.train.labels)
    assert tuple(map(str, splits.notes)) == (
        "classes with one row only, which stays in train: 2 (rows 10, 20)",
    )


def test_a_valid_part_that_stays_empty_is_named() -> None:
    splits = draw_parts(texts(2), None, None, Split(test_fraction=0))

    assert tuple(map(str, splits.notes)) == (
        "classes with one row only, which stays in train: 2 (rows 1, 2)",
        "valid is empty: train needs all 2 rows (one of each class, equal texts together)",
    )


@pytest.mark.parametrize(
    ("train", "split", "rows"),
    [
        (texts(2), Split(), 2),
        (texts(9, labels="abcdefghi"), Split(), 9),
        (texts(40), Split(test_fraction=0.01), 40),
        (Texts(["a", "b", "c"], ["x", "y", "x"], groups=["g"] * 3), Split(group="by"), 3),
    ],
)
def test_a_test_part_that_stays_empty_is_refused(train: Texts, split: Split, rows: int) -> None:
    with pytest.raises(DataError) as refusal:
        draw_parts(train, None, None, split, "a.csv")

    assert str(refusal.value) == (
        f"a.csv: test is empty: train needs all {rows} rows (one of each class, equal texts together): "
        "nothing to score\n"
        "  add rows, name another file for test, or draw none: data.split.test_fraction = 0"
    )


def test_a_single_row_is_told_as_one() -> None:
    with pytest.raises(DataError, match="test is empty: train needs the only row "):
        draw_parts(texts(1), None, None, Split(), "a.csv")


def test_a_test_part_that_is_given_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"^a: test has no rows: nothing to score\n  add rows, name another"):
        draw_parts(texts(9), None, texts(0), Split(test_fraction=0), "a")


def test_equal_texts_are_drawn_together_and_are_no_leak() -> None:
    train = Texts([f"text {n // 3}" + " \t"[: n % 3] for n in range(120)], ["a", "b", "b"] * 40)

    splits = draw_parts(train, None, None, Split())

    assert (len(splits.train), len(splits.valid), len(splits.test)) == (84, 12, 24)
    facts = oddities(splits).facts
    assert (facts["leaked_test_rows"], facts["leaked_valid_rows"]) == (0, 0)


def test_groups_stay_together_and_are_known_afterwards() -> None:
    groups = [f"g{n // 5}" for n in range(100)]
    train = Texts(texts(100).texts, texts(100).labels, groups=groups)

    splits = draw_parts(train, None, None, Split(group="author"))

    parts = [set(part.groups) for part in (splits.train, splits.valid, splits.test)]
    assert sum(map(len, parts)) == len(set(groups)) == len(set.union(*parts))


def test_files_and_their_warnings_are_listed_in_order(written: Written) -> None:
    train = written(
        "train.csv", b"text,label\n" + b"".join(b"oil %d,a\nart %d, b\n" % (n, n) for n in range(10))
    )
    test = written("test.csv", b"text,label\nfun,a \n")

    splits = read_parts(READ, train, None, test, Split())

    assert splits.source == "train.csv test.csv"
    assert [file.name for file in splits.files] == ["train.csv", "test.csv"]
    assert [note.text.split(": ")[1] for note in splits.notes] == [
        "removed spaces or invisible characters around a label, 10 times (lines 3, 5, 7 and 7 more)",
        "removed spaces or invisible characters around a label, once (line 2)",
    ]


def test_a_file_that_is_two_parts_is_read_once(written: Written) -> None:
    train = written("train.csv", b"text,label\noil,a\nart,b\n")

    splits = read_parts(READ, train, train, train, Split())

    assert len(splits.files) == 1
    assert splits.test is splits.train
