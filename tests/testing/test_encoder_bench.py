# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from nlpkit.batch import Batch
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.testing import BrokenPromise, check_encoder, checks_of
from nlpkit.vocab import Vocab
from tests.testing.small_encoder import Small

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class OddLayout(Small):
    @property
    def accepts(self) -> type[Batch]:
        return NobodyGives


class NobodyGives(Batch):
    pass


def test_an_encoder_whose_layout_no_collator_gives_says_what_to_do() -> None:
    [check, *_] = [each for each in checks_of(OddLayout()) if each.promise.startswith("any text")]
    with pytest.raises(
        BrokenPromise, match=r"no collator that is installed gives .*NobodyGives.*; give one with"
    ):
        check(OddLayout())


def test_torch_draws_the_same_numbers_before_and_after() -> None:
    import torch

    torch.manual_seed(3)
    expected = torch.rand(3).tolist()
    torch.manual_seed(3)
    check_encoder(EmbeddingMean())
    assert torch.rand(3).tolist() == expected


def test_a_vocabulary_of_ones_own_is_used() -> None:
    seen: list[int] = []

    @dataclass(frozen=True)
    class Spy(Small):
        def build(self, vocab: Vocab) -> nn.Module:
            seen.append(len(vocab))
            return super().build(vocab)

    for check in checks_of(Spy(), vocab=Vocab(["a"])):
        if check.promise.startswith(("any text", "permuting")):
            check(Spy())
    assert set(seen) == {3}
