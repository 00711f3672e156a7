from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.ragged import Ragged, ragged_map

Rows = list[list[int]]
rows_of_ids = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=8), max_size=8)


def back(ragged: Ragged) -> Rows:
    return [ragged[i].tolist() for i in range(len(ragged))]


@given(rows_of_ids)
def test_rows_come_back_as_they_were_given(rows: Rows) -> None:
    ragged = Ragged.from_rows(rows)
    assert back(ragged) == rows
    assert ragged.lengths.tolist() == [len(row) for row in rows]
    assert (ragged.values.dtype, ragged.offsets.dtype) == (np.int32, np.int64)


@given(rows_of_ids, st.data())
def test_taken_rows_are_those_of_a_list(rows: Rows, data: st.DataObject) -> None:
    places = st.lists(st.integers(-len(rows), len(rows) - 1)) if rows else st.just([])
    chosen = data.draw(places)
    taken = Ragged.from_rows(rows).take(chosen)
    assert back(taken) == [rows[place] for place in chosen]
    assert (taken.values.dtype, taken.offsets.dtype) == (np.int32, np.int64)


def in_plain_python(row: list[int], max_tokens: int, keep: str) -> list[int]:
    if len(row) <= max_tokens:
        return row
    first = {"head": max_tokens, "tail": 0, "both": (max_tokens + 1) // 2}[keep]
    return row[:first] + row[len(row) - (max_tokens - first) :]


@given(rows_of_ids, st.integers(1, 9), st.sampled_from(["head", "tail", "both"]))
def test_truncation_keeps_what_plain_python_keeps(
    rows: Rows, max_tokens: int, keep: Literal["head", "tail", "both"]
) -> None:
    ragged = Ragged.from_rows(rows)
    assert back(ragged.truncate(max_tokens, keep)) == [in_plain_python(row, max_tokens, keep) for row in rows]
    assert back(ragged) == rows


@pytest.mark.parametrize(
    ("keep", "expected"),
    [("head", [[1, 2, 3], [6, 7]]), ("tail", [[3, 4, 5], [6, 7]]), ("both", [[1, 2, 5], [6, 7]])],
)
def test_a_long_row_keeps_its_head_its_tail_or_both(
    keep: Literal["head", "tail", "both"], expected: Rows
) -> None:
    assert back(Ragged.from_rows([[1, 2, 3, 4, 5], [6, 7]]).truncate(3, keep)) == expected


def test_the_lengths_of_some_rows_are_theirs_in_their_order() -> None:
    ragged = Ragged.from_rows([[5, 7, 9], [], [2], [4, 4]])
    assert ragged.lengths_of(np.array([3, 0, 1, 3])).tolist() == [2, 3, 0, 2]
    assert ragged.lengths_of(np.array([], np.int64)).tolist() == []


def test_nothing_is_cut_without_a_bound() -> None:
    ragged = Ragged.from_rows([[1, 2, 3]])
    assert ragged.truncate(None, "head") is ragged


def test_a_place_beyond_the_rows_is_an_index_error() -> None:
    ragged = Ragged.from_rows([[1], [2, 3]])
    assert ragged[-1].tolist() == [2, 3]
    for place in (2, -3):
        with pytest.raises(IndexError):
            ragged[place]
        with pytest.raises(IndexError):
            ragged.take([place])


def test_an_id_beyond_32_bits_is_refused() -> None:
    with pytest.raises(OverflowError):
        Ragged.from_rows([[2**31]])


def test_texts_are_mapped_one_at_a_time() -> None:
    assert back(ragged_map(["ab", "", "c"], lambda text: map(ord, text))) == [[97, 98], [], [99]]
