from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.fasttext import read_fasttext, read_plain
from nlpkit.data.reading.layout import FastTextLayout, TxtLayout
from nlpkit.data.reading.notes import FileNotes
from tests.data.one_file import read_texts


def test_a_prefix_inside_a_word_is_no_label() -> None:
    [columns] = read_fasttext(["__label__a see x__label__b\n"], FastTextLayout(), Asked(), FileNotes("a.ft"))

    assert (columns.texts, columns.labels) == (["see x__label__b"], ["a"])


def test_lines_are_counted_with_the_blank_ones() -> None:
    [columns] = read_fasttext(["\n", "__label__a oil\n"], FastTextLayout(), Asked(), FileNotes("a.ft"))

    assert columns.lines.tolist() == [2]


def test_spaces_of_other_scripts_stay_in_a_label() -> None:
    [columns] = read_fasttext(["__label__a\u2003b oil\n"], FastTextLayout(), Asked(), FileNotes("a.ft"))

    assert columns.labels == ["a\u2003b"]


def test_plain_text_keeps_its_spaces() -> None:
    [columns] = read_plain([" oil \n", "\n", "art"], TxtLayout(), Asked(label=False), FileNotes("a.txt"))
    assert columns.texts == [" oil ", "", "art"]


def test_the_first_word_is_the_label_and_the_rest_the_text(written: Callable[[str, bytes], Path]) -> None:
    content = b"DESC:manner How  did it \n\n \nloc\t where\tto\r\nnum\n"

    found = read_texts(written("a.txt", content), format="label_text")

    assert list(found.texts.labels) == ["DESC:manner", "loc", "num"]
    assert list(found.texts.texts) == ["How  did it", "where\tto", ""]
    assert found.notes == ()
    unlabelled = read_texts(written("a.txt", content), format="label_text", labelled=False).texts
    assert (list(unlabelled.texts), set(unlabelled.labels)) == (list(found.texts.texts), {""})
