from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from torch import Tensor

from nlpkit.batch import Batch, PaddedBatch
from nlpkit.components.embedding import Embedding
from nlpkit.components.kinds import Encoder
from nlpkit.nn.encoded import Encoded
from nlpkit.nn.mean import EmbeddingMeanEncoder
from nlpkit.testing import Outcome, outcomes
from nlpkit.vocab import Vocab


class Module(EmbeddingMeanEncoder):
    """The mean of token vectors, with a penalty."""

    def __init__(self, embedding: Any, of: str) -> None:
        super().__init__(embedding)
        self.of = of

    def forward(self, batch: Batch) -> Encoded:  # type: ignore[override]
        vectors: Tensor = super().forward(batch)
        lengths = vectors.square().sum(dim=1)
        penalty = {"sum": lengths.sum(), "infinite": lengths.mean() / 0}.get(self.of, lengths.mean())
        return Encoded(vectors, {} if self.of == "seldom" and len(vectors) < 6 else {"length": penalty})


@dataclass(frozen=True)
class Penalised(Encoder):
    """The mean of token vectors, with a penalty.

    of: what the penalty is of its texts
    embedding: the table of token vectors
    """

    of: str = "mean"
    embedding: Embedding = field(default_factory=Embedding)

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> Module:
        return Module(self.embedding.build(vocab), self.of)


def broken(encoder: Encoder) -> list[Outcome]:
    """Without that of importing no torch, which this file imports."""
    return [each for each in outcomes(encoder) if each.state == "broken" and "torch" not in each.promise]


def test_an_encoder_with_a_mean_loss_keeps_all_promises() -> None:
    assert broken(Penalised()) == []


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("sum", "the loss `length` of a batch, collated by PadLength, differs by"),
        ("infinite", "the loss `length` is inf"),
        ("seldom", "the loss `length` is missing from some batches"),
    ],
)
def test_a_loss_that_is_no_mean_over_the_texts_is_told(of: str, said: str) -> None:
    told = [each.reason for each in broken(Penalised(of)) if each.promise.startswith("a loss beside")]
    assert len(told) == 1
    assert said in told[0]
