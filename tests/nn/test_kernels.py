"""Each kernel against torch's own function, which is what other devices use."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.nn.kernels import ascending, put, repeated, taken, true_places


@given(st.lists(st.integers(0, 2**62)))
def test_keys_are_sorted_whether_32_bits_hold_them_or_not(keys: list[int]) -> None:
    found = ascending(torch.tensor(keys, dtype=torch.int64))
    assert (found.dtype, found.tolist()) == (torch.int64, sorted(keys))


@pytest.mark.parametrize("largest", [2**31 - 1, 2**31, 2**32 + 1])
def test_keys_around_the_largest_of_32_bits_stay_what_they_are(largest: int) -> None:
    assert ascending(torch.tensor([largest, 0, largest - 1])).tolist() == [0, largest - 1, largest]


@given(st.lists(st.booleans()))
def test_the_true_places_are_those_of_nonzero(mask: list[bool]) -> None:
    flags = torch.tensor(mask, dtype=torch.bool)
    assert torch.equal(true_places(flags), flags.nonzero().squeeze(1))


@given(st.lists(st.integers(0, 4)))
def test_each_place_is_repeated_as_often_as_its_number_says(counts: list[int]) -> None:
    found = repeated(torch.tensor(counts, dtype=torch.int64), sum(counts))
    assert found.tolist() == [place for place, count in enumerate(counts) for _ in range(count)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_rows_are_taken_and_put_back_to_the_bit(dtype: torch.dtype) -> None:
    table = torch.nn.Parameter(torch.tensor([[0.1, -0.0], [2.5, 3.0], [float("inf"), 5.0]]).to(dtype))
    rows = taken(table, torch.tensor([2, 0]))
    assert rows.dtype == dtype and not rows.requires_grad
    assert rows.numpy().tobytes() == table.detach()[[2, 0]].numpy().tobytes()
    put(table, torch.tensor([1, 2]), rows)
    assert table.tolist() == [rows[1].tolist(), rows[0].tolist(), rows[1].tolist()]


def test_taking_is_a_copy_and_nothing_may_be_taken() -> None:
    table = torch.ones(2, 3)
    taken(table, torch.tensor([1])).zero_()
    assert table.tolist() == [[1.0] * 3] * 2
    nothing = torch.empty(0, dtype=torch.int64)
    assert taken(table, nothing).shape == (0, 3)
    put(table, nothing, torch.empty(0, 3))
    assert table.tolist() == [[1.0] * 3] * 2


def test_rows_reach_a_table_that_is_part_of_a_wider_one() -> None:
    wide = torch.zeros(3, 4)
    put(wide[:, :2], torch.tensor([2]), torch.tensor([[1.0, 2.0]]))
    assert wide.tolist() == [[0.0] * 4, [0.0] * 4, [1.0, 2.0, 0.0, 0.0]]
    assert taken(wide[:, 1:3], torch.tensor([2])).tolist() == [[2.0, 0.0]]
