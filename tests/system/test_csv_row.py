from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.system.csv_row import csv_row

CELLS = st.text(st.one_of(st.sampled_from('\r\n,"; \t\0'), st.characters(exclude_categories=["Cs"])))


@given(rows=st.lists(st.lists(CELLS, min_size=1), min_size=1))
def test_any_cells_are_read_back_by_the_reader_of_python(rows: list[list[str]]) -> None:
    written = "".join(csv_row(row) + "\n" for row in rows)
    assert list(csv.reader(io.StringIO(written, newline=""))) == rows


@pytest.mark.parametrize("cell", ["a\rb", "\r", "\n", "a\r\nb", "\n\r"])
def test_a_line_end_in_a_cell_is_quoted(cell: str) -> None:
    assert csv_row(["1", cell, 2]) == f'1,"{cell}",2'
