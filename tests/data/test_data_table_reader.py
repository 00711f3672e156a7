from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.layout import Layout
from nlpkit.data.lines import split_lines
from nlpkit.data.notes import Notes
from nlpkit.data.table_reader import read_table
from nlpkit.errors import DataError

CELL = st.text(st.sampled_from("ab \",;\t'\\\n\r\u2028é"), max_size=8)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8)


def table(content: str, layout: Layout) -> list[tuple[str, object]]:
    lines = split_lines([content], name="a.csv", max_chars=10_000)
    columns = read_table(lines, layout, "a.csv", Notes("a.csv"))
    return list(zip(columns.texts, columns.labels, strict=True))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(rows=ROWS)
def test_rows_that_python_writes_come_back_equal(delimiter: str, rows: list[tuple[str, str, str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    layout = Layout("csv", text=(1, 2), label=0, header=False, delimiter=delimiter)

    assert table(written.getvalue(), layout) == [(f"{one} {two}", label) for label, one, two in rows]


def test_blank_lines_are_no_rows() -> None:
    assert table("\ntext,label\n\noil,a\n\n\n", Layout("csv")) == [("oil", "a")]


def test_the_line_of_a_row_is_where_it_begins() -> None:
    lines = ["text,label\n", '"one\n', 'two",a\n', "\n", "oil,b\n"]

    columns = read_table(lines, Layout("csv"), "a.csv", Notes("a.csv"))

    assert columns.lines.tolist() == [2, 5]


def test_groups_are_read_beside_texts() -> None:
    lines = ["text,label,author\n", "oil,a,ann\n", "art,b,bob\n"]

    columns = read_table(lines, Layout("csv", group="author"), "a.csv", Notes("a.csv"))

    assert columns.groups == ["ann", "bob"]


def test_quotes_are_characters_where_they_quote_nothing() -> None:
    assert table('a\t"hi" he said\n', Layout("tsv", text=(1,), label=0, delimiter="\t", quoted=False)) == [
        ('"hi" he said', "a")
    ]


def test_blank_lines_only_are_no_table() -> None:
    with pytest.raises(DataError, match=r"a\.csv: the file has no rows"):
        table("\n\n", Layout("csv"))


def test_what_else_a_row_may_suffer_from_is_told_in_the_words_of_the_csv_module() -> None:
    with pytest.raises(DataError, match=r"a\.csv:2: this row cannot be read: new-line character seen"):
        read_table(["text,label\n", "a\rb,c\n"], Layout("csv"), "a.csv", Notes("a.csv"))
