from __future__ import annotations

import pytest

from nlpkit.data.reading.columns import LABELLED, Asked
from nlpkit.data.reading.layout import CsvLayout
from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.tables.header import Chosen, beside_header, by_name, choose, is_header
from nlpkit.errors import DataError

BY_PLACE = CsvLayout(text=(1,), label=0)


def chosen(row: list[str], layout: CsvLayout, asked: Asked = LABELLED) -> Chosen:
    return choose(row, layout, asked, is_header(row, layout, asked) or False, "a.csv:1")


def test_names_are_found_in_a_header_whatever_spaces_are_around_them() -> None:
    layout = CsvLayout(text=("title", "body"), label="class")

    found = chosen([" class", "author ", "title", "body"], layout, Asked(others=("author",)))

    assert (found.text, found.label, found.others) == ((2, 3), 0, (1,))


def test_numbers_count_from_the_left() -> None:
    found = chosen(["2", "Oil", "up"], CsvLayout(text=(1, 2), label=0))

    assert (found.text, found.label, found.width) == ((1, 2), 0, 3)


@pytest.mark.parametrize(
    ("row", "layout", "headed"),
    [
        (["x", "text"], CsvLayout(label=0), True),
        (["title", "label"], BY_PLACE, True),
        (["remark", "verdict"], BY_PLACE, None),
        (["remark", "verdict"], CsvLayout(text=(1,), label=0, header=True), True),
        (["text", "label"], CsvLayout(header=False), False),
        (["", "0", "1"], CsvLayout(text=("0",), label="1"), True),
        (["0", "1"], BY_PLACE, True),
        (["", "0", "1", "2"], BY_PLACE, True),
        (["1", "0"], BY_PLACE, None),
        (["3", "Oil up", "1"], CsvLayout(text=("1",), label="0"), None),
    ],
)
def test_a_first_row_is_a_header_where_the_layout_or_its_names_say_so(
    row: list[str], layout: CsvLayout, headed: bool | None
) -> None:
    assert is_header(row, layout, Asked()) is headed


def test_a_name_of_digits_in_the_header_goes_before_a_place() -> None:
    assert chosen(["", "0", "1"], CsvLayout(text=("0",), label="1")).text == (1,)
    assert chosen(["3", "Oil up", "up"], CsvLayout(text=("1",), label="0")).text == (1,)


def test_no_label_is_looked_for_where_none_is_wanted() -> None:
    assert chosen(["text"], CsvLayout(), Asked(label=False)).label is None


def test_columns_that_nobody_asks_for_may_repeat() -> None:
    assert chosen(["", "", "id", "id", "text", "label"], CsvLayout()).text == (4,)


def test_a_column_that_is_asked_for_may_not() -> None:
    with pytest.raises(DataError) as refusal:
        chosen(["text", "label", "text"], CsvLayout())

    assert str(refusal.value) == (
        "a.csv:1: the header has the column 'text' more than once\n"
        "  give each column its own name, or set header = true and name columns by number: the first is 0"
    )
    assert chosen(["text", "label", "text"], CsvLayout(text=(2,), label=1, header=True)).text == (2,)


def test_a_long_cell_is_shortened_in_a_message() -> None:
    with pytest.raises(DataError, match=r"known: label, x{29}…;"):
        chosen(["x" * 500, "label"], CsvLayout())


def test_other_columns_are_looked_for_too() -> None:
    with pytest.raises(DataError, match="the header has no column 'author'"):
        chosen(["text", "label"], CsvLayout(), Asked(others=("author",)))


@pytest.mark.parametrize("column", [1, "1"])
def test_a_place_that_no_row_has_is_refused(column: int | str) -> None:
    with pytest.raises(DataError, match="there is no column 1\n  the first row has one column, 0"):
        chosen(["oil up"], CsvLayout(text=(column,), label=0))


def test_more_digits_than_a_place_has_are_a_name() -> None:
    with pytest.raises(DataError, match=r"the header has no column '9{29}…'"):
        chosen(["oil up"], CsvLayout(text=("9" * 5000,), label=0))


def test_an_index_without_a_name_shifts_all_places() -> None:
    notes = FileNotes("a.csv")

    found = beside_header(Chosen((0,), 1, (), 2), [["1", "oil", "a"], ["2", "art", "b"]], notes, 2)

    assert found == Chosen((1,), 2, (), 3)
    assert "took the first cell of each row for an index" in notes.all()[0].text


def test_numbers_are_an_index_whatever_spaces_come_after_them() -> None:
    rows = [["1", " oil", " a"], ["2", " art", " b"]]

    assert beside_header(Chosen((0,), 1, (), 2), rows, FileNotes("a.csv"), 2) == Chosen((1,), 2, (), 3)


def test_a_delimiter_at_the_end_of_rows_is_no_cell() -> None:
    notes = FileNotes("a.csv")

    found = beside_header(Chosen((0,), 1, (), 2), [["oil", "a", ""], ["art", "b", ""]], notes, 2)

    assert found == Chosen((0,), 1, (), 3)
    assert "read rows that end in a delimiter" in notes.all()[0].text


@pytest.mark.parametrize(
    "rows",
    [
        [["oil", "gas", "a"], ["art", "b"]],
        [["a", "oil", "gas"], ["a", "art", "b"]],
        [["oil", "gas", "a"]],
        [["oil is up", "they say", "a"], ["art is not", "they say", "b"]],
        [["Doe", " Jane", "a"], ["Roe", " Jane", "b"]],
    ],
)
def test_rows_that_are_too_long_for_another_reason_shift_nothing(rows: list[list[str]]) -> None:
    assert beside_header(Chosen((0,), 1, (), 2), rows, FileNotes("a.csv"), 2) == Chosen((0,), 1, (), 2)


def test_places_become_the_names_that_a_header_has_for_them() -> None:
    layout = CsvLayout(text=(0, "1"), label=2)

    assert by_name(layout, ["title", " body", "class"]) == CsvLayout(
        text=("title", "body"), label="class", header=True
    )
    assert by_name(layout, ["x", "x", ""]) == CsvLayout(text=(0, "1"), label=2, header=True)
