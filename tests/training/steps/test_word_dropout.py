from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from nlpkit.batch import FlatBatch, PaddedBatch
from nlpkit.components.steps import WordDropout
from nlpkit.training.steps.word_dropout import dropped
from tests.training.steps.passing import BATCH, GOLD, passing

PADDED = PaddedBatch(torch.tensor([[2, 3, 4, 1], [5, 0, 0, 0], [1, 7, 0, 0], [1, 1, 0, 0]]))
FLAT = FlatBatch(torch.tensor([2, 3, 4, 1, 5, 1, 7, 1, 1]), offsets=torch.tensor([0, 4, 5, 7]))
TEXTS = [[2, 3, 4, 1], [5], [1, 7], [1, 1]]


def texts(ids: torch.Tensor) -> list[list[int]]:
    if ids.ndim == 2:
        return [[number for number in row if number] for row in ids.tolist()]
    return [part.tolist() for part in ids.tensor_split([4, 5, 7])]


@pytest.mark.parametrize("batch", [PADDED, FLAT], ids=["padded", "flat"])
def test_all_but_one_word_of_a_text_are_gone_where_all_are_drawn(batch: Any) -> None:
    torch.manual_seed(0)
    kept = set()
    for _ in range(50):
        found = texts(dropped(batch, 1.0))
        assert [len(text) for text in found] == [4, 1, 2, 2]
        assert found[1:] == TEXTS[1:]  # a text of one known word keeps it
        [word] = [number for number in found[0] if number != 1]
        kept.add(word)
    assert kept == {2, 3, 4}


@pytest.mark.parametrize("batch", [PADDED, FLAT], ids=["padded", "flat"])
def test_none_are_gone_where_none_are_drawn(batch: Any) -> None:
    assert torch.equal(dropped(batch, 0.0), batch.ids)


@pytest.mark.parametrize("layout", ["padded", "flat"])
def test_the_fraction_is_that_of_the_words(layout: str) -> None:
    torch.manual_seed(0)
    ids = torch.randint(2, 100, (200, 50))
    flat = FlatBatch(ids.flatten(), offsets=torch.arange(200) * 50)
    found = dropped(PaddedBatch(ids) if layout == "padded" else flat, 0.3)
    assert (found == 1).double().mean().item() == pytest.approx(0.3, abs=0.02)
    assert (found.view(200, 50)[found.view(200, 50) != 1] == ids[found.view(200, 50) != 1]).all()


def test_what_is_inside_gets_the_batch_and_the_batch_itself_stays() -> None:
    before, seen = BATCH.ids.clone(), []
    logits = torch.zeros(3, 2)
    passed = WordDropout(fraction=1.0).build()(passing(logits, seen=seen), replace(BATCH), GOLD)
    assert passed.logits is logits
    assert [[number for number in text if number > 1][1:] for text in seen[0].ids.tolist()] == [[], [], []]
    assert torch.equal(BATCH.ids, before)
