from __future__ import annotations

import pytest
import torch

from nlpkit.batch import FlatBatch, PaddedBatch
from nlpkit.errors import ConfigError
from nlpkit.nn.texts import texts_of

SQUARE = PaddedBatch(torch.arange(9).view(3, 3))
WIDE = PaddedBatch(torch.arange(8).view(2, 4))


@pytest.mark.parametrize("batch", [SQUARE, WIDE], ids=["as many tokens as texts", "more tokens"])
def test_padded_ids_are_told_from_transposed_ones(batch: PaddedBatch) -> None:
    rows, columns = batch.ids.shape
    as_they_are, count = texts_of(batch.ids != 0, batch)
    assert as_they_are.tolist() == [[row] * columns for row in range(rows)]
    assert texts_of(batch.ids.t() != 0, batch)[0].tolist() == as_they_are.t().tolist()
    assert count == rows


def test_flat_tokens_belong_to_the_text_that_begins_before_them() -> None:
    batch = FlatBatch(torch.arange(5), offsets=torch.tensor([0, 1, 4]))
    assert texts_of(batch.ids, batch)[0].tolist() == [0, 1, 1, 1, 2]
    assert texts_of(torch.zeros(3), batch)[0].tolist() == [0, 1, 2]


def test_ids_without_texts_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"ids of shape \(8,\) are read, and no axis of them counts the 2 texts"
    ):
        texts_of(WIDE.ids.flatten(), WIDE)
