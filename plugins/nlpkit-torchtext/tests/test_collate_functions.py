"""The collate functions that notebooks write, against the collators that take their place."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from nlpkit import FlatBatch, LengthBatch, Offsetify, Padify, PadLength, Ragged, Vocab

batches = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=7), min_size=1, max_size=5)
VOCAB = Vocab(list("abcdefgh"))


def offsets_by_hand(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    texts = [torch.tensor(row) for row in rows]
    return torch.cat(texts), torch.tensor([0, *map(len, texts[:-1])]).cumsum(dim=0)


def padding_by_hand(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    texts = [torch.tensor(row) for row in rows]
    return pad_sequence(texts, batch_first=True, padding_value=0), torch.tensor(list(map(len, texts)))


@given(batches)
def test_offsetify_is_the_one_that_concatenates(rows: list[list[int]]) -> None:
    batch, (ids, offsets) = Offsetify().build(VOCAB)(Ragged.from_rows(rows)), offsets_by_hand(rows)
    assert isinstance(batch, FlatBatch)
    assert torch.equal(batch.ids, ids)
    assert torch.equal(batch.offsets, offsets)


@given(batches)
def test_padify_is_the_one_that_pads(rows: list[list[int]]) -> None:
    assert torch.equal(Padify().build(VOCAB)(Ragged.from_rows(rows)).ids, padding_by_hand(rows)[0])


@given(batches)
def test_pad_length_is_the_one_that_pads_and_says_lengths(rows: list[list[int]]) -> None:
    batch, (ids, lengths) = PadLength().build(VOCAB)(Ragged.from_rows(rows)), padding_by_hand(rows)
    assert isinstance(batch, LengthBatch)
    assert torch.equal(batch.ids, ids)
    assert torch.equal(batch.lengths, lengths)


@given(batches, st.integers(1, 9))
def test_max_tokens_is_the_one_that_truncates(rows: list[list[int]], most: int) -> None:
    batch = Padify(max_tokens=most).build(VOCAB)(Ragged.from_rows(rows))
    assert torch.equal(batch.ids, padding_by_hand([row[:most] for row in rows])[0])
