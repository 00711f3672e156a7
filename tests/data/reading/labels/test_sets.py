from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.labels.sets import joined, label_cells, marked_labels, parts, separator_of
from nlpkit.data.reading.notes import FileNotes
from nlpkit.errors import DataError

NAMES = st.sets(st.text("abcdef", min_size=1, max_size=4), max_size=5)


def cells(values: list[object], **given: str) -> list[str]:
    return label_cells(values, range(1, len(values) + 1), FileNotes("a.csv"), **given)[0]


@given(st.lists(NAMES, max_size=20))
def test_sets_are_the_same_whether_they_come_as_lists_or_as_cells(sets: list[set[str]]) -> None:
    expected = [joined(names, "|") for names in sets]
    given: dict[str, str] = {"label_type": "string", "separator": "|"}
    assert cells(list(map(list, sets)), **given) == expected
    assert cells(["| ".join(names) for names in sets], **given) == expected
    assert [set(parts(cell, "|")) for cell in expected] == sets


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
def test_the_separator_is_the_one_that_cells_have(mark: str) -> None:
    notes = FileNotes("a.csv")
    assert label_cells([f"oil{mark} art", "", "war"], [2, 3, 4], notes) == (
        [f"art{mark}oil", "", "war"],
        mark,
    )


def test_two_separators_are_refused_with_their_lines() -> None:
    with pytest.raises(DataError) as refusal:
        cells(["oil|art", "war;law"])
    assert str(refusal.value) == (
        "a.csv: several characters could stand between labels: '|' (line 1) and ';' (line 2)\n"
        '  name the one that does: label_separator = "|"'
    )
    assert cells(["oil|art", "war;law"], separator="|") == ["art|oil", "war;law"]


def test_what_a_row_has_twice_or_empty_is_removed_and_noted() -> None:
    notes = FileNotes("a.csv")
    found, _ = label_cells(["oil|art|oil", "|war", "law"], [2, 3, 4], notes)
    assert found == ["art|oil", "war", "law"]
    assert [note.text for note in notes.all()] == [
        "a.csv: removed an empty part of the labels, once (line 3)",
        "a.csv: removed a label that its row has twice, once (line 2)",
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "a.csv:1: the labels are missing\n  write an empty list for a text that has none"),
        ("['oil', 'art']", "a.csv:1: the labels \"['oil', 'art']\" are a list that is written as a string"),
        (["oil", "NULL"], "a.csv:1: the label is missing"),
        (["oil", {"a": 1}], "a.csv:1: the label is an object, with 'a' in it"),
        (["oil|gas"], "a.csv:1: the label 'oil|gas' has '|' in it, which stands between labels"),
        (["oil", 1], "a.csv:1: the labels are of several types"),
    ],
)
def test_labels_that_no_text_has_are_refused(value: object, said: str) -> None:
    with pytest.raises(DataError) as refusal:
        cells([value], separator="|")
    assert str(refusal.value).startswith(said)


def test_columns_of_a_label_each_say_which_texts_have_it() -> None:
    rows = [["1", "0"], [True, False], ["0.0", " TRUE "], [0, 0]]
    found = marked_labels(["oil", "art"], rows, [2, 3, 4, 5], FileNotes("a.csv"))
    assert found == [["oil"], ["oil"], ["art"], []]


@pytest.mark.parametrize(("cell", "shown"), [("2", "'2'"), ("", "an empty cell"), ("oil", "'oil'")])
def test_another_cell_in_the_column_of_a_label_is_refused(cell: str, shown: str) -> None:
    with pytest.raises(DataError) as refusal:
        marked_labels(["oil"], [["1"], [cell]], [2, 3], FileNotes("a.csv"))
    assert str(refusal.value).startswith(f"a.csv:3: the column 'oil' of a label has {shown}, and 0 or 1")


def test_a_separator_is_one_that_no_name_has() -> None:
    assert separator_of(["oil", "art"]) == "|"
    assert separator_of(["oil|gas", "art;war"]) == "\n"
