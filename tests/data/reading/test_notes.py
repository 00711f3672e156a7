from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.data.reading.notes import FileNotes, first, line_breaks, printable


def test_a_note_counts_and_shows_the_first_three_lines() -> None:
    notes = FileNotes("a.csv")
    notes.add("removed spaces around a label", [2, 5])
    notes.add("removed spaces around a label", [7, 1200])

    assert tuple(map(str, notes.all())) == (
        "a.csv: removed spaces around a label, 4 times (lines 2, 5, 7 and 1 more)",
    )


def test_different_notes_are_sentences_of_their_own_in_the_order_they_came() -> None:
    notes = FileNotes("a.csv")
    notes.add("read a NUL character as U+FFFD", [9])
    notes.add("removed spaces around a label", [2, 3])

    assert tuple(map(str, notes.all())) == (
        "a.csv: read a NUL character as U+FFFD, once (line 9)",
        "a.csv: removed spaces around a label, 2 times (lines 2, 3)",
    )


def test_a_file_that_has_a_path_is_named_without_its_folder_in_a_manifest() -> None:
    notes = FileNotes(Path("/home/ann/a.csv"))
    notes.add("read a NUL character as U+FFFD", [9])

    [note] = notes.all()

    assert str(note) == "/home/ann/a.csv: read a NUL character as U+FFFD, once (line 9)"
    assert note.without_folders == "a.csv: read a NUL character as U+FFFD, once (line 9)"


def test_nothing_noted_is_nothing_said() -> None:
    notes = FileNotes("a.csv")
    notes.add("removed spaces around a label", [])

    assert notes.all() == ()


def test_large_counts_have_separators() -> None:
    assert first("row", range(1, 5000), 4999) == "rows 1, 2, 3 and 4,996 more"


def test_a_name_is_shown_short_and_without_control_characters() -> None:
    assert printable("größe") == "größe"
    assert printable("x" * 31) == "x" * 29 + "…"
    assert printable("a\x1b[31m\u202eb\x0c") == r"a\x1b[31m\u202eb\x0c"


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("a\nb", 1), ("a\r\nb", 1), ("a\rb", 1), ("\n\r", 2), ("\r\r\n\n", 3), ("a\u2028\x85\x0b", 0)],
)
def test_lines_end_with_lf_crlf_and_cr_only(text: str, count: int) -> None:
    assert line_breaks(text) == count
