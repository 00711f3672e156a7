# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from unittest import SkipTest

import pytest

from nlpkit import Embedding, EmbeddingMean, Gru, Lstm, Tfidf
from nlpkit.batch import PaddedBatch
from nlpkit.components.kinds import Encoder
from nlpkit.testing import BrokenPromise, checks_of
from tests.testing.small_encoder import Small

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

PROMISE = "exported to ONNX, it gives the same vectors"


def check(encoder: Encoder) -> None:
    [found] = [each for each in checks_of(encoder) if each.promise == PROMISE]
    found(encoder)


@pytest.mark.parametrize(
    "encoder",
    [
        EmbeddingMean(embedding=Embedding(size=5, char_ngrams=(3, 4))),
        Lstm(hidden_size=4, num_layers=2, packed=True),
        Gru(hidden_size=4, pooling=("last", "attention")),
        Tfidf(sublinear_tf=True),
    ],
    ids=str,
)
def test_built_in_encoders_keep_it(encoder: Encoder) -> None:
    check(encoder)


@dataclass(frozen=True)
class Exporting(Small):
    exports = True


@dataclass(frozen=True)
class Pinned(Small):
    exports = True

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) + int(batch.ids.sum())


def test_one_of_plain_tensors_keeps_it() -> None:
    check(Exporting())


def test_a_number_that_a_trace_pins_breaks_it() -> None:
    with pytest.raises(BrokenPromise, match=rf"Pinned promises that {PROMISE}, but vectors differ by up to "):
        check(Pinned())


def test_one_that_declares_nothing_is_skipped() -> None:
    with pytest.raises(SkipTest, match="Small does not say that it can be exported, with `exports = True`"):
        check(Small())
