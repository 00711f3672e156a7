from __future__ import annotations

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.fasttext import read_fasttext, read_plain
from nlpkit.data.reading.layout import FastTextLayout, TxtLayout
from nlpkit.data.reading.notes import FileNotes
from tests.data.one_file import GivenLines

NOTES = FileNotes("a.ft")


def test_a_prefix_inside_a_word_is_no_label() -> None:
    [columns] = read_fasttext(GivenLines(["__label__a see x__label__b\n"]), FastTextLayout(), Asked(), NOTES)

    assert (columns.texts, columns.labels) == (["see x__label__b"], ["a"])


def test_lines_are_counted_with_the_blank_ones() -> None:
    [columns] = read_fasttext(GivenLines(["\n", "__label__a oil\n"]), FastTextLayout(), Asked(), NOTES)

    assert columns.lines.tolist() == [2]


def test_spaces_of_other_scripts_stay_in_a_label() -> None:
    [columns] = read_fasttext(GivenLines(["__label__a\u2003b oil\n"]), FastTextLayout(), Asked(), NOTES)

    assert columns.labels == ["a\u2003b"]


def test_plain_text_keeps_its_spaces() -> None:
    [columns] = read_plain(GivenLines([" oil \n", "\n", "art"]), TxtLayout(), Asked(label=False), NOTES)
    assert columns.texts == [" oil ", "", "art"]
