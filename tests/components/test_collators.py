from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.batch import Batch, FlatBatch, LengthBatch, PaddedBatch
from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.kinds import Collator
from nlpkit.errors import SettingsError
from nlpkit.ragged import Ragged
from nlpkit.vocab import Vocab

Rows = list[list[int]]
Keep = Literal["head", "tail", "both"]

COLLATORS: list[type[Collator]] = [Padify, PadLength, Offsetify]
each = pytest.mark.parametrize("collator", COLLATORS, ids=lambda cls: cls.__name__)
rows_of_ids = st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=7), min_size=1, max_size=6)

VOCAB = Vocab([f"word{i}" for i in range(600)])


def kept(batch: Batch) -> Rows:
    """The ids of each text, without padding."""
    if isinstance(batch, FlatBatch):
        return [part.tolist() for part in torch.tensor_split(batch.ids, batch.offsets[1:])]
    return [[number for number in row if number] for row in batch.ids.tolist()]


def test_texts_are_padded_on_the_right_with_zeros() -> None:
    batch = Padify().build(VOCAB)(Ragged.from_rows([[5, 6, 7], [8]]))
    assert type(batch) is PaddedBatch
    assert batch.ids.tolist() == [[5, 6, 7], [8, 0, 0]]


def test_lengths_are_those_of_the_texts() -> None:
    batch = PadLength().build(VOCAB)(Ragged.from_rows([[5, 6, 7], [8]]))
    assert type(batch) is LengthBatch
    assert batch.ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]


def test_offsets_say_where_each_text_starts() -> None:
    batch = Offsetify().build(VOCAB)(Ragged.from_rows([[5, 6, 7], [8], [9, 9]]))
    assert type(batch) is FlatBatch
    assert batch.ids.tolist() == [5, 6, 7, 8, 9, 9]
    assert batch.offsets.tolist() == [0, 3, 4]


@each
def test_a_collator_gives_the_layout_that_it_says(collator: type[Collator]) -> None:
    assert type(collator().build(VOCAB)(Ragged.from_rows([[1]]))) is collator().produces


@each
@given(rows=rows_of_ids)
def test_every_id_is_kept_in_order(collator: type[Collator], rows: Rows) -> None:
    batch = collator(max_tokens=None).build(VOCAB)(Ragged.from_rows(rows))
    assert kept(batch) == rows
    assert all(getattr(batch, field.name).dtype == torch.int64 for field in fields(batch))


@pytest.mark.parametrize("collator", [Padify, PadLength])
@given(rows=rows_of_ids)
def test_padding_stands_on_the_right_alone(collator: type[Collator], rows: Rows) -> None:
    batch = collator().build(VOCAB)(Ragged.from_rows(rows))
    assert isinstance(batch, PaddedBatch)
    longest = max(map(len, rows))
    assert batch.ids.tolist() == [row + [0] * (longest - len(row)) for row in rows]
    assert batch.mask().sum(dim=1).tolist() == [len(row) for row in rows]


@each
@pytest.mark.parametrize(
    ("keep", "expected"),
    [("head", [[1, 2, 3], [6]]), ("tail", [[3, 4, 5], [6]]), ("both", [[1, 2, 5], [6]])],
)
def test_a_long_text_keeps_its_head_its_tail_or_both(
    collator: type[Collator], keep: Keep, expected: Rows
) -> None:
    batch = collator(max_tokens=3, keep=keep).build(VOCAB)(Ragged.from_rows([[1, 2, 3, 4, 5], [6]]))
    assert kept(batch) == expected


@each
@given(rows=rows_of_ids, max_tokens=st.integers(1, 8), keep=st.sampled_from(["head", "tail", "both"]))
def test_what_is_kept_of_a_text_is_no_more_than_was_asked_for(
    collator: type[Collator], rows: Rows, max_tokens: int, keep: Keep
) -> None:
    batch = collator(max_tokens=max_tokens, keep=keep).build(VOCAB)(Ragged.from_rows(rows))
    assert [len(row) for row in kept(batch)] == [min(len(row), max_tokens) for row in rows]
    if isinstance(batch, LengthBatch):
        assert batch.lengths.tolist() == [min(len(row), max_tokens) for row in rows]


@each
def test_rows_of_a_file_in_memory_that_cannot_be_written_are_read(collator: type[Collator]) -> None:
    rows = Ragged.from_rows([[5, 6, 7], [8]])
    for numbers in (rows.values, rows.offsets):
        numbers.flags.writeable = False
    batch = collator().build(VOCAB)(rows)
    batch.ids[...] = 1
    assert rows.values.tolist() == [5, 6, 7, 8]


@each
def test_512_tokens_from_the_head_are_kept_unless_told_otherwise(collator: type[Collator]) -> None:
    rows = Ragged(np.arange(1, 1001, dtype=np.int32), np.array([0, 1000]))
    assert kept(collator().build(VOCAB)(rows)) == [list(range(1, 513))]


@each
@pytest.mark.parametrize("max_tokens", [0, -1, 2**31])
def test_fewer_than_one_token_is_refused(collator: Callable[..., Collator], max_tokens: int) -> None:
    with pytest.raises(SettingsError, match=r"max_tokens: .* is not a whole number from 1 to 2147483647"):
        collator(max_tokens=max_tokens)
