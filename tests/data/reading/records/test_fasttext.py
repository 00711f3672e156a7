from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.layout import FastTextLayout, TxtLayout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.records.fasttext import check_ends, read_fasttext, read_plain
from nlpkit.errors import DataError
from tests.data.one_file import GivenLines, read_texts

NOTES = FileNotes("a.ft")


def notes_of(*labels: str) -> list[str]:
    notes = FileNotes("a.ft")
    check_ends(labels, range(1, len(labels) + 1), "__label__", notes)
    return [note.text for note in notes.all()]


def test_a_prefix_inside_a_word_is_no_label() -> None:
    [columns] = read_fasttext(GivenLines(["__label__a see x__label__b\n"]), FastTextLayout(), Asked(), NOTES)

    assert (columns.texts, columns.labels) == (["see x__label__b"], ["a"])


def test_lines_are_counted_with_the_blank_ones() -> None:
    [columns] = read_fasttext(GivenLines(["\n", "__label__a oil\n"]), FastTextLayout(), Asked(), NOTES)

    assert columns.lines.tolist() == [2]


def test_spaces_of_other_scripts_stay_in_a_label() -> None:
    [columns] = read_fasttext(GivenLines(["__label__a\u2003b oil\n"]), FastTextLayout(), Asked(), NOTES)

    assert columns.labels == ["a\u2003b"]


@pytest.mark.parametrize(
    "labels",
    [
        ["good,The", "bad,My", "good,A", "bad,The"],
        ["good,The", "good"],
        ["good", "bad", *(f"good,word{n}" for n in range(9)), "bad"],
    ],
)
def test_labels_that_end_in_the_first_word_of_the_text_are_refused(labels: list[str]) -> None:
    with pytest.raises(DataError) as refusal:
        notes_of(*labels)

    line, label = next((line, label) for line, label in enumerate(labels, 1) if "," in label)
    assert str(refusal.value) == (
        f"a.ft:{line}: the label is read as {label!r}, because it ends at the first space\n"
        "  write __label__good, a space and the text; "
        'if these names are meant, set label_type = "string"'
    )


def test_a_file_of_such_labels_is_read_where_they_are_meant(written: Callable[[str, bytes], Path]) -> None:
    path = written("a.ft", b"__label__good,The oven\n__label__good,A mixer\n")

    with pytest.raises(DataError, match="the label is read as 'good,The'"):
        read_texts(path)
    assert read_texts(path, label_type="string").texts.labels == ["good,The", "good,A"]


@pytest.mark.parametrize(
    ("labels", "mark", "count"),
    [
        (["good", "good,The", "bad", "fair"], "','", "once (line 2)"),
        (["good:The", "bad:The", "good:A", "bad:The"], "':'", "4 times (lines 1, 2, 3 and 1 more)"),
        (["good\xa0The", "bad"], "'\\xa0'", "once (line 1)"),
    ],
)
def test_labels_that_may_end_in_the_first_word_are_noted(labels: list[str], mark: str, count: str) -> None:
    [example, *_] = [label for label in labels if not label.isalpha()]

    assert notes_of(*labels) == [
        f"a.ft: read labels with {mark} in them, such as {example!r}, up to the first space, {count}"
    ]


@pytest.mark.parametrize(
    "labels",
    [
        ["sports:football", "sports:tennis", "arts:film"],
        ["Sci/Tech", "food-safety", "cs.AI", "cs.CL", "4.1", "4.2"],
        ["C++", "U.S.", "Q&A"],
    ],
)
def test_names_with_a_mark_in_them_are_names(labels: list[str]) -> None:
    assert notes_of(*labels) == []


def test_plain_text_keeps_its_spaces() -> None:
    [columns] = read_plain(GivenLines([" oil \n", "\n", "art"]), TxtLayout(), Asked(label=False), NOTES)
    assert columns.texts == [" oil ", "", "art"]


def test_the_first_word_is_the_label_and_the_rest_the_text(written: Callable[[str, bytes], Path]) -> None:
    content = b"DESC:manner How  did it \n\n \nloc\t where\tto\r\nnum\n"

    found = read_texts(written("a.txt", content), format="label_text")

    assert list(found.texts.labels) == ["DESC:manner", "loc", "num"]
    assert list(found.texts.texts) == ["How  did it", "where\tto", ""]
    assert found.notes == ()
    unlabelled = read_texts(written("a.txt", content), format="label_text", labelled=False).texts
    assert (list(unlabelled.texts), set(unlabelled.labels)) == (list(found.texts.texts), {""})


def test_a_comma_after_a_label_without_a_prefix_is_refused(written: Callable[[str, bytes], Path]) -> None:
    path = written("a.label", b"good,The oven\ngood,A mixer\nbad,The lamp\n")

    with pytest.raises(DataError) as refusal:
        read_texts(path)

    assert str(refusal.value) == (
        f"{path}:1: the label is read as 'good,The', because it ends at the first space\n"
        '  write good, a space and the text; if these names are meant, set label_type = "string"'
    )
    assert read_texts(path, label_type="string").texts.labels[1] == "good,A"


def test_other_marks_are_parts_of_a_label_without_a_prefix(written: Callable[[str, bytes], Path]) -> None:
    found = read_texts(written("a.label", b"NUM:date When\nNUM:other How\nHUM:other Who\nHUM:ind Who\n"))

    assert (list(found.texts.labels), found.notes) == (["NUM:date", "NUM:other", "HUM:other", "HUM:ind"], ())
