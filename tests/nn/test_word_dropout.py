"""Words that a pass does without, each with all its tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nlpkit.components.collators import Offsetify, Padify
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.steps import Fgm
from nlpkit.errors import ConfigError
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.system.forking import can_fork
from tests.training.test_loop import loop, model_for

IDS = torch.arange(1, 400).repeat(3)  # three tokens of each word


def read(embedding: TokenEmbedding, way: str) -> Tensor:
    """The vector of each token of IDS, with the same draw whatever the way."""
    torch.manual_seed(5)
    if way == "forward":
        return embedding(IDS)
    if way == "mean":
        return embedding.mean(IDS, torch.arange(len(IDS)))
    vectors, places = embedding.rows(IDS)
    assert places is not None
    return F.embedding(places, vectors)


def table(**settings: Any) -> TokenEmbedding:
    torch.manual_seed(1)
    return TokenEmbedding(400, 3, **settings)


WAYS = pytest.mark.parametrize("way", ["forward", "rows", "mean"])


@WAYS
def test_all_tokens_of_a_word_are_dropped_or_none_and_the_others_are_longer(way: str) -> None:
    embedding = table(word_dropout=0.25)
    found = read(embedding, way).view(3, 399, 3)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
    gone = (found[0] == 0).all(dim=1)
    assert float(gone.float().mean()) == pytest.approx(0.25, abs=0.07)
    torch.testing.assert_close(found[0][~gone], embedding.weight[1:][~gone] / 0.75)


@WAYS
def test_another_pass_drops_other_words_and_none_are_dropped_after_training(way: str) -> None:
    embedding = table(word_dropout=0.5)
    assert not torch.equal(embedding(IDS), embedding(IDS))
    torch.testing.assert_close(read(embedding.eval(), way), embedding.weight[IDS])


@pytest.mark.parametrize("rowwise", [False, True])
def test_every_way_drops_the_same_words_and_leaves_the_same_gradients(rowwise: bool) -> None:
    gradients = []
    for way in ("forward", "rows", "mean"):
        embedding = table(word_dropout=0.5)
        embedding.rowwise = rowwise
        found = read(embedding, way)
        (found * torch.linspace(0, 1, found.numel()).view_as(found)).sum().backward()
        gradients.append(gradients_of(embedding))
        gone = (found[:399] == 0).all(dim=1)
        assert bool(gone.any())
        assert not gradients[-1][1:][gone].any()
        assert not gradients[-1][0].any()
    torch.testing.assert_close(gradients[0], gradients[1])
    torch.testing.assert_close(gradients[0], gradients[2])


def gradients_of(embedding: TokenEmbedding) -> Tensor:
    """(V, E), however the pass has left them."""
    from nlpkit.training.optimizers import NamedRule
    from nlpkit.training.rowwise import RowwiseOptimizer

    if embedding.weight.grad is not None:
        return embedding.weight.grad
    ids, rows = RowwiseOptimizer(embedding, NamedRule("sgd")).gradients()
    return torch.zeros_like(embedding.weight).index_copy_(0, ids, rows)


def test_each_distinct_word_that_is_left_still_has_one_vector() -> None:
    vectors, places = table(word_dropout=0.5).rows(IDS)
    assert places is not None
    assert len(vectors) == len(places.unique()) < 280


@WAYS
def test_without_any_words_all_vectors_are_zero(way: str) -> None:
    assert not read(table(word_dropout=1.0), way).any()


def test_numbers_can_be_dropped_beside_words() -> None:
    embedding = table(word_dropout=0.5, dropout=0.5)
    found = embedding(IDS).detach()
    assert float((found == 0).float().mean()) == pytest.approx(0.75, abs=0.05)
    kept = found != 0
    torch.testing.assert_close(found[kept], embedding.weight.detach()[IDS][kept] * 4)
    assert embedding.rows(IDS)[1] is None


@pytest.mark.parametrize(
    "workers",
    [1, pytest.param(2, marks=pytest.mark.skipif(not can_fork(), reason="no process can be forked"))],
)
@pytest.mark.parametrize("steps", [[], [Fgm()]], ids=["plain", "fgm"])
@pytest.mark.parametrize(
    ("collator", "encoder"), [(Padify(), Lstm), (Padify(), EmbeddingMean), (Offsetify(), EmbeddingMean)]
)
def test_a_model_learns_with_it_and_its_padding_stays_zero(
    toy: Callable[..., Any], collator: Any, encoder: Any, steps: Any, workers: int
) -> None:
    corpus = toy(collator)
    model = model_for(corpus, encoder(embedding=Embedding(size=8, word_dropout=0.3)))
    built = [step.build() for step in steps]
    setting = loop(epochs=10, steps=built, workers=workers)
    reports = list(setting(model, corpus.train, corpus.valid))
    assert max(report.valid["accuracy"] for report in reports) >= 0.9
    assert not model.encoder.embedding.weight[0].any()  # type: ignore[union-attr, index]


def test_a_fraction_of_words_is_between_0_and_1() -> None:
    with pytest.raises(ConfigError, match=r"word_dropout: 1.5 is not a number from 0 to 0.99"):
        Embedding(word_dropout=1.5)
