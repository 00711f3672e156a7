# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nlpkit.batch import Batch, PaddedBatch
from nlpkit.components.kinds import Encoder
from nlpkit.testing import BrokenPromise, check_encoder
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Small(Encoder):
    """The mean over tokens, with one thing wrong in each class below."""

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> nn.Module:
        import torch
        from torch import nn

        from nlpkit.nn.embedding import TokenEmbedding

        settings = self

        class Module(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.embedding = TokenEmbedding(len(vocab), 4)
                self.output_dim = 4
                settings.add(self)

            def forward(self, batch: PaddedBatch) -> Tensor:
                found = settings.vectors(self, batch)
                assert isinstance(found, torch.Tensor)
                return found

        return Module()

    def add(self, module: Any) -> None:
        """More parts of the module."""

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.embedding(batch.ids).sum(dim=1) / batch.mask().sum(dim=1, keepdim=True)


def name_of(case: object) -> str:
    """The name of a class in a case of pytest."""
    return getattr(case, "__name__", "")


def assert_told(encoder: type[Encoder], sentence: str) -> None:
    """The first promise that is broken, and how, is told in one line."""
    with pytest.raises(BrokenPromise) as caught:
        check_encoder(encoder())
    said = str(caught.value)
    assert re.match(rf"{encoder.__name__} promises that {sentence}", said), said
    assert "\n" not in said
