from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest
import torch
from torch import Tensor

from nlpkit.batch import Batch, FlatBatch, LengthBatch, PaddedBatch

IDS = torch.tensor([[5, 6], [7, 0]])


@dataclass(frozen=True)
class CharBatch(LengthBatch):
    """A layout that a plugin might add."""

    characters: Tensor


def test_a_mask_is_true_where_there_is_a_token() -> None:
    assert PaddedBatch(IDS).mask().tolist() == [[True, True], [True, False]]


def test_every_field_moves_with_its_batch() -> None:
    moved = FlatBatch(torch.tensor([5, 6, 7]), offsets=torch.tensor([0, 2])).to("meta")
    assert type(moved) is FlatBatch
    assert (moved.ids.device.type, moved.offsets.device.type) == ("meta", "meta")


def test_lengths_stay_on_the_cpu_where_packing_wants_them() -> None:
    moved = LengthBatch(IDS, lengths=torch.tensor([2, 1])).to("meta")
    assert type(moved) is LengthBatch
    assert (moved.ids.device.type, moved.lengths.device.type) == ("meta", "cpu")


def test_a_layout_that_inherits_moves_what_it_adds() -> None:
    moved = CharBatch(IDS, lengths=torch.tensor([2, 1]), characters=torch.zeros(2, 2, 3)).to("meta")
    assert type(moved) is CharBatch
    assert [moved.ids.device.type, moved.lengths.device.type, moved.characters.device.type] == [
        "meta",
        "cpu",
        "meta",
    ]


def test_a_batch_is_never_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        PaddedBatch(IDS).ids = IDS  # type: ignore[misc]


def test_a_layout_with_lengths_serves_whoever_reads_a_padded_one() -> None:
    assert issubclass(LengthBatch, PaddedBatch)
    assert not issubclass(FlatBatch, PaddedBatch)
    assert issubclass(FlatBatch, Batch)
