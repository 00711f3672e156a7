from __future__ import annotations

import torch

from nlpkit.batch import FlatBatch, PaddedBatch
from nlpkit.nn.texts import texts_of


def test_the_ids_of_a_row_are_of_one_text() -> None:
    texts, count = texts_of(PaddedBatch(torch.arange(8).view(2, 4)))
    assert texts.tolist() == [[0] * 4, [1] * 4]
    assert count == 2


def test_flat_tokens_belong_to_the_text_that_begins_before_them() -> None:
    texts, count = texts_of(FlatBatch(torch.arange(5), offsets=torch.tensor([0, 1, 4])))
    assert texts.tolist() == [0, 1, 1, 1, 2]
    assert count == 3
