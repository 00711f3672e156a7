from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from nlpkit.batch import PaddedBatch
from nlpkit.testing import Outcome, checks_of
from nlpkit.testing.draws import NothingDrawn
from tests.testing.small_encoder import Small

AS_PREDICTED = "training differs from predicting by random numbers alone"


def undrawn(draw: Callable[[], Tensor]) -> Any:
    with NothingDrawn():  # type: ignore[no-untyped-call]
        return draw().tolist()


@pytest.mark.parametrize(
    ("draw", "mean"),
    [
        (lambda: torch.randperm(4), [0, 1, 2, 3]),
        (lambda: torch.randint(3, 9, (2,)), [3, 3]),
        (lambda: torch.multinomial(torch.tensor([0.0, 0.5, 0.5]), 2), [1, 2]),
        (lambda: torch.multinomial(torch.tensor([0.0, 0.5, 0.5]), 3, replacement=True), [1, 1, 1]),
        (lambda: torch.poisson(torch.tensor([2.0, 7.0])), [2.0, 7.0]),
        (lambda: torch.normal(torch.tensor([2.0, 7.0]), 3.0), [2.0, 7.0]),
        (lambda: torch.distributions.Gamma(torch.tensor([3.0]), 1.0).sample(), [3.0]),
        (lambda: torch.distributions.Beta(torch.tensor([3.0]), torch.tensor([1.0])).sample(), [0.75]),
        (lambda: torch.empty(1).geometric_(0.25), [4.0]),
        (lambda: torch.rrelu(torch.tensor([-8.0, 1.0]), 0.25, 0.75, training=True), [-4.0, 1.0]),
    ],
)
def test_what_is_drawn_is_the_mean_or_the_first_place(draw: Callable[[], Tensor], mean: list[float]) -> None:
    assert undrawn(draw) == mean


@dataclass(frozen=True)
class Mixes(Small):
    """Each text with another one, of a place that is drawn."""

    def partners(self, count: int) -> Any:
        return torch.randperm(count)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        if not module.training:
            return found
        share = torch.distributions.Beta(8.0, 2.0).sample()
        return share * found + (1 - share) * found[self.partners(len(found)).to(found.device)]


@dataclass(frozen=True)
class MixesWithReplacement(Mixes):
    def partners(self, count: int) -> Any:
        return torch.randint(count, (count,))


@dataclass(frozen=True)
class MixesByWeight(Mixes):
    def partners(self, count: int) -> Any:
        return torch.multinomial(torch.ones(count), count)


@dataclass(frozen=True)
class MixesWithTheLast(Mixes):
    def partners(self, count: int) -> Any:
        return torch.full((count,), count - 1)


@dataclass(frozen=True)
class NoisyMean(Small):
    """The mean of the batch is taken away, beside noise that is drawn."""

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        if not module.training:
            return found
        return found - found.mean(dim=0) + 0.1 * found[torch.randperm(len(found)).to(found.device)]


def outcome(encoder: Small) -> Outcome:
    [check] = [check for check in checks_of(encoder) if check.promise == AS_PREDICTED]
    return Outcome.of(check, encoder)


@pytest.mark.parametrize("encoder", [Mixes(), MixesWithReplacement(), MixesByWeight()])
def test_texts_may_be_mixed_where_the_seed_decides_with_which(encoder: Small) -> None:
    assert outcome(encoder).state == "kept"


@pytest.mark.parametrize("encoder", [MixesWithTheLast(), NoisyMean()])
def test_a_text_that_sees_neighbours_is_told_beside_what_is_drawn(encoder: Small) -> None:
    found = outcome(encoder)
    assert found.state == "broken"
    assert "as they do where a text sees its neighbours (batch norm)" in found.reason
