from __future__ import annotations

import pytest

from nlpkit.data.reading.columns import choose
from nlpkit.data.reading.layout import Layout
from nlpkit.errors import DataError


def test_names_are_found_in_a_header_whatever_spaces_are_around_them() -> None:
    layout = Layout("csv", text=("title", "body"), label="class", group="author")

    chosen = choose([" class", "author ", "title", "body"], layout, "a.csv:1")

    assert (chosen.text, chosen.label, chosen.group) == ((2, 3), 0, 1)
    assert chosen.headed


def test_numbers_count_from_the_left() -> None:
    chosen = choose(["2", "Oil", "up"], Layout("csv", text=(1, 2), label=0), "a.csv:1")

    assert (chosen.text, chosen.label, chosen.width, chosen.headed) == ((1, 2), 0, 3, False)


def test_a_number_beside_a_name_means_a_header() -> None:
    assert choose(["x", "text"], Layout("csv", label=0), "a.csv:1").headed


def test_no_label_is_looked_for_where_none_is_wanted() -> None:
    assert choose(["text"], Layout("csv", label=None), "a.csv:1").label is None


def test_unnamed_columns_may_repeat() -> None:
    assert choose(["", "", "text", "label"], Layout("csv"), "a.csv:1").text == (2,)


def test_a_long_cell_is_shortened_in_a_message() -> None:
    with pytest.raises(DataError, match=r"known: label, x{29}…;"):
        choose(["x" * 500, "label"], Layout("csv"), "a.csv:1")


def test_the_group_column_is_looked_for_too() -> None:
    with pytest.raises(DataError, match="the header has no column 'author'"):
        choose(["text", "label"], Layout("csv", group="author"), "a.csv:1")


def test_a_single_column_without_any_delimiter_is_told_what_it_lacks() -> None:
    with pytest.raises(DataError, match="there is no column 1\n  the first row has one column, 0"):
        choose(["oil up"], Layout("csv", text=(1,), label=0), "a.csv:1")
