from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.columns import LABELLED, Asked
from nlpkit.data.reading.layout import CsvLayout, Table, TsvLayout
from nlpkit.data.reading.notes import FileNotes, line_breaks
from nlpkit.data.reading.source.lines import Lines
from nlpkit.data.reading.tables.table import read_table
from nlpkit.errors import DataError
from tests.data.one_file import GivenLines

CELL = st.text(st.sampled_from("ab \",;\t'\\\n\r\u2028é"), max_size=8)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8)


def table(content: str, layout: Table, asked: Asked = LABELLED) -> list[tuple[str, object]]:
    lines = Lines([content], name="a.csv", max_chars=10_000)
    [columns] = read_table(lines, layout, asked, FileNotes("a.csv"))
    return list(zip(columns.texts, columns.labels, strict=True))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(rows=ROWS)
def test_rows_that_python_writes_come_back_equal(delimiter: str, rows: list[tuple[str, str, str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows(rows)
    layout = CsvLayout(text=(1, 2), label=0, header=False, delimiter=delimiter, quoted=True)

    assert table(written.getvalue(), layout) == [(f"{one} {two}", label) for label, one, two in rows]


def test_blank_lines_are_no_rows() -> None:
    assert table("\ntext,label\n\noil,a\n\n\n", CsvLayout()) == [("oil", "a")]


def test_the_line_of_a_row_is_where_it_begins() -> None:
    lines = GivenLines(["text,label\n", '"one\n', 'two",a\n', "\n", "oil,b\n"])

    [columns] = read_table(lines, CsvLayout(), Asked(), FileNotes("a.csv"))

    assert columns.lines.tolist() == [2, 5]


def test_groups_are_read_beside_texts() -> None:
    lines = GivenLines(["text,label,author\n", "oil,a,ann\n", "art,b,bob\n"])

    [columns] = read_table(lines, CsvLayout(), Asked(others=("author",)), FileNotes("a.csv"))

    assert columns.others == [["ann", "bob"]]


def test_quotes_are_characters_where_they_quote_nothing() -> None:
    assert table('a\t"hi" he said\n', TsvLayout(text=(1,), label=0, quoted=False)) == [('"hi" he said', "a")]


def test_a_line_of_spaces_is_a_row_only_where_rows_have_one_cell() -> None:
    several = table("  \ntext,label\noil,a\n \t \nart,b\n  ", CsvLayout())
    [one] = read_table(
        GivenLines(["text\n", "oil\n", "  \n"]), CsvLayout(), Asked(label=False), FileNotes("")
    )

    assert several == [("oil", "a"), ("art", "b")]
    assert one.texts == ["oil", "  "]


def test_curly_quotes_around_a_cell_are_told() -> None:
    hint = 'quote a cell that has the delimiter in it with ", since curly quotes wrap no cell'

    with pytest.raises(DataError) as refusal:
        table("text,label\n“Oil, up”,a\n“Art, too”,b\n", CsvLayout())

    assert (refusal.value.location, refusal.value.hint) == ("a.csv:2", hint)


def test_blank_lines_only_are_no_table() -> None:
    with pytest.raises(DataError, match=r"a\.csv: there are no rows"):
        table("\n\n", CsvLayout())


def test_what_else_a_row_may_suffer_from_is_told_in_the_words_of_the_csv_module() -> None:
    with pytest.raises(DataError, match=r"a\.csv:2: this row cannot be read: new-line character seen"):
        list(read_table(GivenLines(["text,label\n", "a\rb,c\n"]), CsvLayout(), Asked(), FileNotes("a.csv")))


@given(rows=ROWS, piece_rows=st.integers(1, 4))
def test_pieces_of_any_size_give_the_same_rows_and_lines(
    rows: list[tuple[str, str, str]], piece_rows: int
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([row for pair in rows for row in (pair, ())])
    layout = CsvLayout(text=(0,), header=False)

    def found() -> list[tuple[str, int]]:
        lines = Lines([written.getvalue()], name="a.csv", max_chars=10_000)
        pieces = read_table(lines, layout, Asked(label=False), FileNotes("a.csv"))
        return [row for piece in pieces for row in zip(piece.texts, piece.lines, strict=True)]

    whole = found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nlpkit.data.reading.tables.table.PIECE_ROWS", piece_rows)
        assert found() == whole
    starts = itertools.accumulate((2 + sum(map(line_breaks, row)) for row in rows), initial=1)
    assert [line for _, line in whole] == list(starts)[:-1]


@pytest.mark.parametrize("piece_rows", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,b\nc\n", "a.csv:3: this row has 1 column, not 2 like the first one"),
        ('a,b\n"c\nd",e,f\n"g', "a.csv:3: this row has 3 columns, not 2 like the first one"),
        ("a,b\ntext,label\nc\n", "a.csv:3: the header once more"),
        ('a,b\n"c\nd",e\n\n"f"g,h\n', "a.csv:6: text goes on after a closing quote"),
        ('a,b\nc,d\n"e', "a.csv:4: a quote is opened in the row that begins here"),
    ],
)
def test_the_first_thing_that_is_wrong_is_told_with_its_line(
    rows: str, said: str, piece_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlpkit.data.reading.tables.table.PIECE_ROWS", piece_rows)
    lines = Lines([f"text,label\n{rows}"], name="a.csv", max_chars=10_000)
    with pytest.raises(DataError) as refusal:
        list(read_table(lines, CsvLayout(), Asked(), FileNotes("a.csv")))
    assert str(refusal.value).startswith(said)


def test_an_error_of_the_lines_comes_after_what_is_wrong_above_it() -> None:
    def lines() -> Iterator[str]:
        yield from ["text,label\n", "a,b\n", "c\n"]
        raise DataError("a byte that is no text")

    with pytest.raises(DataError, match=r"a\.csv:3: this row has 1 column"):
        list(read_table(GivenLines(lines()), CsvLayout(), Asked(), FileNotes("a.csv")))


def test_a_header_and_no_row_are_no_table() -> None:
    with pytest.raises(DataError, match="there is a header and no row below it"):
        table("text,label\n\n", CsvLayout())
