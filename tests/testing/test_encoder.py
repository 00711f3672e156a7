# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm, Rnn
from nlpkit.components.kinds import Encoder
from nlpkit.testing import check_encoder, parametrize_with_checks
from tests.testing.small_encoder import Small, assert_told

TINY = Embedding(size=4)
SMALL: dict[str, Any] = {"hidden_size": 4, "embedding": TINY}


def variants() -> Iterator[Encoder]:
    yield EmbeddingMean()
    yield EmbeddingMean(embedding=Embedding(size=3, dropout=0.5))
    yield EmbeddingMean(embedding=Embedding(frozen=True))
    yield EmbeddingMean(embedding=Embedding(size=3, dropout=0.5, char_ngrams=(2, 4), char_ngram_buckets=9))
    yield Lstm()  # large enough for its own kernel
    for packed in (False, True):
        for bidirectional in (False, True):
            yield Lstm(packed=packed, bidirectional=bidirectional, **SMALL)
            yield Rnn(packed=packed, bidirectional=bidirectional, **SMALL)
            yield Gru(packed=packed, bidirectional=bidirectional, **SMALL)
        for pooling in ("mean", "max", "attention"):
            yield Lstm(packed=packed, bidirectional=True, pooling=pooling, **SMALL)
        yield Lstm(num_layers=2, bidirectional=True, dropout=0.5, packed=packed, **SMALL)
    yield Gru(num_layers=2, dropout=0.5, **SMALL)
    yield Lstm(hidden_size=128, embedding=Embedding(size=4, char_ngrams=(3, 5)))


@pytest.mark.parametrize("encoder", list(variants()), ids=lambda encoder: str(encoder)[:120])
def test_every_built_in_encoder_keeps_its_promises(encoder: Encoder) -> None:
    check_encoder(encoder)


@parametrize_with_checks([Rnn(**SMALL)])
def test_each_promise_is_a_test_of_its_own(component: Encoder, check: Callable[[Encoder], None]) -> None:
    check(component)


def test_the_double_with_nothing_wrong_keeps_its_promises() -> None:
    check_encoder(Small())


@dataclass(frozen=True)
class Undescribed(Small):
    size: int = 4


def test_a_setting_that_the_docstring_does_not_tell_of_is_named() -> None:
    assert_told(
        Undescribed,
        "its docstring says what each setting is, but there is no line `size: ...` in its docstring",
    )
