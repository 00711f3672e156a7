# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from unittest import SkipTest

import pytest

from nlpkit.batch import PaddedBatch
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import Encoder
from nlpkit.testing.checks import checks_of
from tests.testing.small_encoder import Small, assert_told, name_of

PROMISE = "token vectors can be handed in"


@dataclass(frozen=True)
class TurnsIdsRound(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.embedding(batch.ids.flip(1)).sum(dim=1) / batch.mask().sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class CopiesTransposedIds(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        ids = batch.ids.t().contiguous()
        return module.embedding(ids).sum(dim=0) / batch.mask().sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class FlattensIds(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        vectors = module.embedding(batch.ids.flatten()).view(*batch.ids.shape, -1)
        return vectors.sum(dim=1) / batch.mask().sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class ReadsTheTableToo(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) + module.embedding.weight[batch.ids[:, 0]]


@dataclass(frozen=True)
class LooksAndReadsTheTable(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        module.embedding(batch.ids)
        return module.embedding.weight[batch.ids].sum(dim=1) / batch.mask().sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class Detaches(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch).detach()


BROKEN = {
    TurnsIdsRound: "the vectors that it reads for a batch collated by PadLength are not those of the batch's "
    "ids in their places, and what is handed in would be taken for that of other tokens",
    CopiesTransposedIds: "the vectors that it reads for a batch collated by PadLength are not those of the ",
    FlattensIds: r"a batch whose vectors are looked at raises ConfigError: ids of shape \(520,\) are read "
    r"where the batch has \(13, 40\), so that the texts of their vectors are not known",
    ReadsTheTableToo: "a batch collated by PadLength with the vectors of another table handed in gives "
    r"numbers that differ by up to [\d.]+ from those with that table in its place: it reads its table in ",
    LooksAndReadsTheTable: "a batch collated by PadLength with the vectors of another table handed in gives ",
    Detaches: "no gradient reaches the vectors handed in of 13 of 13 texts collated by PadLength",
}


@pytest.mark.parametrize(("encoder", "sentence"), BROKEN.items(), ids=name_of)
def test_an_encoder_whose_seam_lies_is_told(encoder: type[Encoder], sentence: str) -> None:
    assert_told(encoder, f"{PROMISE}, but {sentence}")


@dataclass(frozen=True)
class LooksElsewhere(Small):
    def add(self, module: Any) -> None:
        from torch import nn

        module.embedding = nn.Embedding(module.embedding.num_embeddings, 4, padding_idx=0)


def hold(encoder: Encoder) -> None:
    [check] = [each for each in checks_of(encoder) if each.promise == PROMISE]
    check(encoder)


def test_an_encoder_without_a_seam_is_not_asked_for_one() -> None:
    with pytest.raises(SkipTest, match="it looks its vectors up elsewhere than in a TokenEmbedding"):
        hold(LooksElsewhere())


@pytest.mark.parametrize(
    "encoder",
    [
        EmbeddingMean(),
        EmbeddingMean(embedding=Embedding(char_ngrams=(3, 4))),
        Lstm(packed=True),
        Lstm(bidirectional=True, num_layers=2, pooling=("max", "mean")),
    ],
    ids=["bag of words", "sub-words", "packed", "two layers"],
)
def test_encoders_of_our_own_keep_it(encoder: Encoder) -> None:
    hold(encoder)
