# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from nlpkit.components.kinds import Pooling
from nlpkit.testing import Outcome, checks_of


@dataclass(frozen=True)
class Mean(Pooling):
    """The mean over tokens, with one thing wrong in each class below."""

    def build(self, size: int, backward_size: int) -> Any:
        from torch import nn

        settings = self

        class Module(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.output_dim = size
                self.last = 0.0

            def forward(self, states: Any, mask: Any) -> Any:
                return settings.pooled(self, states, mask)

        return Module()

    def pooled(self, module: Any, states: Any, mask: Any) -> Any:
        return (states * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class FillsInPlace(Mean):
    def pooled(self, module: Any, states: Any, mask: Any) -> Any:
        found = super().pooled(module, states, mask)
        states.data.masked_fill_(~mask.unsqueeze(-1), -9.0)
        return found


@dataclass(frozen=True)
class Remembers(Mean):
    def pooled(self, module: Any, states: Any, mask: Any) -> Any:
        found = super().pooled(module, states, mask)
        if not module.training:
            return found
        carried, module.last = module.last, float(found.detach().mean())
        return found + carried


@dataclass(frozen=True)
class Doubles(Mean):
    def pooled(self, module: Any, states: Any, mask: Any) -> Any:
        return super().pooled(module, states, mask) * (2 if module.training else 1)


def outcome(pooling: Pooling, promise: str) -> Outcome:
    [check] = [check for check in checks_of(pooling) if check.promise == promise]
    return Outcome.of(check, pooling)


CASES = [
    (FillsInPlace(), "states are not changed", "`states` has other numbers afterwards"),
    (
        Remembers(),
        "a batch of training does not depend on those before it",
        "make what is carried along anew",
    ),
    (Doubles(), "training differs from predicting by random numbers alone", "between training and eval mode"),
]


@pytest.mark.parametrize(("pooling", "promise", "told"), CASES)
def test_what_is_wrong_with_a_pooling_is_told(pooling: Pooling, promise: str, told: str) -> None:
    found = outcome(pooling, promise)
    assert found.state == "broken"
    assert told in found.reason
    assert outcome(Mean(), promise).state == "kept"
