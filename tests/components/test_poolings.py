from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlpkit import (
    ConfigError,
    Embedding,
    Lstm,
    Padify,
    PadLength,
    Pooling,
    Ragged,
    SettingsError,
    Vocab,
    load_experiment,
    load_plugins,
)
from nlpkit.components.poolings import Attention, Last, Max, Mean
from nlpkit.nn import last_pool
from nlpkit.testing import BrokenPromise, check_pooling, outcomes

TORCH_HERE = {
    f"Top promises that importing its settings does not import torch, but import {__name__} imports torch; "
    "move what needs torch to a module that build imports"
}
VOCAB = Vocab(["up", "down", "left"])
ROWS = Ragged.from_rows([[2, 3, 4], [3], [4, 2]])
SMALL: dict[str, Any] = {"hidden_size": 3, "embedding": Embedding(size=2)}


class TopPool(nn.Module):
    """The mean of the two largest values of each feature."""

    def __init__(self, size: int, padding: float = -torch.inf) -> None:
        super().__init__()
        self.output_dim = size
        self.padding = padding

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        kept = states.masked_fill(~mask.unsqueeze(-1), self.padding)
        largest = kept.topk(min(2, states.shape[1]), dim=1).values
        there = largest > -torch.inf
        return largest.where(there, 0.0).sum(dim=1) / there.sum(dim=1)


@dataclass(frozen=True)
class Top(Pooling):
    """The mean of the two largest values of each feature.

    padding: what stands at padding
    """

    padding: float | None = None

    def build(self, size: int, backward_size: int) -> nn.Module:
        return TopPool(size, -torch.inf if self.padding is None else self.padding)


def vectors(pooling: Any, *, packed: bool = False, bidirectional: bool = True) -> Tensor:
    torch.manual_seed(3)
    settings = Lstm(pooling=pooling, packed=packed, bidirectional=bidirectional, **SMALL)
    encoder = settings.build(VOCAB).eval()
    with torch.no_grad():
        found: Tensor = encoder((PadLength() if packed else Padify()).build(VOCAB)(ROWS))
    assert found.shape == (3, encoder.output_dim)
    return found


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_a_list_puts_poolings_side_by_side(packed: bool, bidirectional: bool) -> None:
    given: dict[str, bool] = {"packed": packed, "bidirectional": bidirectional}
    alone = [vectors(name, **given) for name in ("last", "max", "mean")]
    assert torch.equal(vectors(("last", "max", "mean"), **given), torch.cat(alone, dim=1))
    assert torch.equal(vectors((Last(), "max", Mean()), **given), torch.cat(alone, dim=1))


@pytest.mark.parametrize(
    ("name", "component"), [("last", Last()), ("mean", Mean()), ("max", Max()), ("attention", Attention())]
)
def test_a_name_a_component_and_a_list_of_one_are_the_same_bits(name: str, component: Pooling) -> None:
    assert torch.equal(vectors(name), vectors(component))
    assert torch.equal(vectors(name), vectors((name,)))


def test_the_last_state_of_each_direction_is_where_its_reading_ends() -> None:
    states = torch.arange(12.0).view(1, 3, 4)  # of three tokens, the third of them padding
    mask = torch.tensor([[True, True, False]])
    assert last_pool(states, mask).tolist() == [[4.0, 5.0, 6.0, 7.0]]
    assert last_pool(states, mask, 2).tolist() == [[4.0, 5.0, 2.0, 3.0]]


def test_one_of_a_plugin_stands_beside_those_of_the_box() -> None:
    found = vectors(("max", Top()))
    assert found.shape == (3, 12)
    assert torch.equal(found[:, :6], vectors("max"))
    assert torch.allclose(found[1, 6:], found[1, :6])  # of one token


def test_no_pooling_at_all_is_refused() -> None:
    with pytest.raises(SettingsError, match="pooling: is empty; name one, such as max"):
        Lstm(pooling=())


def loaded(folder: Path, line: str) -> Any:
    plugins = load_plugins().given(Top)
    text = f'data = "headlines"\n[encoder]\ntype = "lstm"\n{line}\n'
    (folder / "x.toml").write_text(text.replace("TOP", f"{__name__}:Top"), encoding="utf-8")
    return load_experiment(folder / "x.toml", plugins=plugins).encoder


@pytest.mark.parametrize(
    ("line", "pooling"),
    [
        ('pooling = "max"', "max"),
        ('pooling = ["max", "mean"]', ("max", "mean")),
        ('pooling = {type = "max"}', Max()),
        ('pooling = "TOP"', Top()),
        ('pooling = ["last", {type = "TOP", padding = 1.5}]', ("last", Top(padding=1.5))),
    ],
)
def test_a_file_has_a_name_a_table_or_a_list(line: str, pooling: Any, tmp_path: Path) -> None:
    assert loaded(tmp_path, line) == Lstm(pooling=pooling)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('pooling = "maxx"', "encoder.pooling.type: pooling 'maxx' is not known; did you mean max?"),
        ('pooling = ["max", "meen"]', "encoder.pooling[1].type: pooling 'meen' is not known; did you mean"),
    ],
)
def test_a_mistake_is_told(line: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, line)
    assert problem in str(caught.value)


@pytest.mark.parametrize("pooling", [Last(), Mean(), Max(), Attention(), Top()], ids=repr)
def test_it_keeps_what_a_pooling_promises(pooling: Pooling) -> None:
    assert {each.reason for each in outcomes(pooling) if each.state == "broken"} <= TORCH_HERE


def test_one_that_pools_padding_is_found() -> None:
    broken = [each.promise for each in outcomes(Top(padding=9.0)) if each.state == "broken"]
    assert "padding and neighbours do not matter" in broken
    with pytest.raises(BrokenPromise, match="Top promises that importing its settings does not"):
        check_pooling(Top())
