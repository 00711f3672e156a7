from __future__ import annotations

import torch
from torch import nn

from nlpkit.nn.shapes import shapes_alone


def test_a_module_has_its_shapes_and_no_memory() -> None:
    with shapes_alone():
        table = nn.Embedding(10**12, 64)
        layer = nn.Linear(3, 2)
    assert table.weight.shape == (10**12, 64)
    assert table.weight.is_meta and layer.bias.is_meta


def test_nothing_is_drawn_in_either_spelling() -> None:
    before = torch.get_rng_state()
    with shapes_alone():
        weight = torch.empty(2, 3)
        assert weight.normal_() is weight
        assert nn.init.normal_(weight, std=0.1) is weight
    assert torch.equal(torch.get_rng_state(), before)


def test_outside_numbers_are_drawn_as_ever() -> None:
    with shapes_alone():
        pass
    assert not torch.empty(2).normal_().is_meta
