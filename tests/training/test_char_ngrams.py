"""Training with n-grams of words, against tables that a product of matrices makes one of."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlpkit.components.collators import Offsetify
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.steps import Fgm
from nlpkit.nn.char_ngrams import ngram_rows, words_of
from nlpkit.nn.classifier import Classifier
from nlpkit.system.forking import can_fork
from tests.training.steps.passing import one_step
from tests.training.test_loop import loop, model_for, same, told, weights_of, with_states

WORKERS = [1, pytest.param(2, marks=pytest.mark.skipif(not can_fork(), reason="no process can be forked"))]
SPELLED = Embedding(size=4, char_ngrams=(2, 3), char_ngram_buckets=20)
MEAN = EmbeddingMean(embedding=SPELLED)
DROPPING = Lstm(hidden_size=6, embedding=replace(SPELLED, dropout=0.2))


class Multiplied(nn.Module):
    """The mean of token vectors, which are rows of own + shares @ ngrams: plain torch."""

    def __init__(self, corpus: Any, own: Tensor, ngrams: Tensor) -> None:
        super().__init__()
        self.own, self.ngrams, self.output_dim = nn.Parameter(own), nn.Parameter(ngrams), own.shape[1]
        rows, starts = ngram_rows(words_of(corpus.vocab), (2, 3), 20)
        shares = torch.zeros(len(own), len(ngrams))
        for word, (start, end) in enumerate(pairwise(starts)):
            for row in rows[start:end]:
                shares[word, row] += 1 / float(end - start) ** 0.5
        self.register_buffer("shares", shares, persistent=False)

    def forward(self, batch: Any) -> Tensor:
        return nn.functional.embedding_bag(batch.ids, self.own + self.shares @ self.ngrams, batch.offsets)


def pair_of(corpus: Any) -> tuple[Classifier, Classifier]:
    """A model with n-grams, and the same in plain torch."""
    model = model_for(corpus, MEAN)
    own, ngrams = (each.detach().clone() for each in model.encoder.parameters())
    plain = Classifier(Multiplied(corpus, own, ngrams), len(corpus.labels))
    plain.head.load_state_dict(model.head.state_dict())
    return model, plain


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize(
    ("optimizer", "updates", "epochs"),
    [
        *((name, "dense", 2) for name in ("adam", "adamw", "adagrad", "sgd")),
        *((name, "rows", 2) for name in ("adagrad", "sgd")),
        *((name, "rows", 1) for name in ("adam", "adamw")),  # whose rows have no first moment, which fades
    ],
)
def test_training_moves_words_and_ngrams_as_plain_torch_does(
    toy: Any, optimizer: str, updates: str, epochs: int, workers: int
) -> None:
    corpus = toy(Offsetify())
    settings: Any = {"optimizer": optimizer, "epochs": epochs, "batch_size": 40 if epochs == 1 else 8}
    model, plain = pair_of(corpus)
    before = [each.detach().clone() for each in model.encoder.parameters()]
    ours = loop(embedding_updates=updates, workers=workers, **settings)(model, corpus.train, corpus.valid)
    reports = list(ours)
    expected = list(loop(**settings)(plain, corpus.train, corpus.valid))
    for report, other in zip(reports, expected, strict=True):
        assert report.train_loss == pytest.approx(other.train_loss, rel=1e-4)
    for old, found, other in zip(before, model.parameters(), plain.parameters(), strict=False):
        torch.testing.assert_close(found, other, rtol=0, atol=2e-4)
        assert (found - old).abs().max() > 0.003


@pytest.mark.parametrize("workers", WORKERS)
def test_the_gradient_that_is_clipped_is_that_of_words_ngrams_and_the_head(toy: Any, workers: int) -> None:
    corpus = toy(Offsetify())
    settings: Any = {"optimizer": "sgd", "epochs": 1, "learning_rate": 1.0, "max_grad_norm": 0.05}
    model, plain = pair_of(corpus)
    list(loop(workers=workers, **settings)(model, corpus.train, corpus.valid))
    list(loop(**settings)(plain, corpus.train, corpus.valid))
    for found, other in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(found, other, rtol=0, atol=1e-5)


@pytest.mark.parametrize("workers", WORKERS)
def test_the_same_seed_gives_the_same_bits_and_so_does_going_on(toy: Any, workers: int) -> None:
    corpus = toy()
    whole = model_for(corpus, DROPPING)
    run = loop(workers=workers, epochs=3, average="ema", average_decay=0.9)
    reports, states = with_states(run(whole, corpus.train, corpus.valid))
    for state in (None, states[0]):
        again = model_for(corpus, DROPPING, seed=0 if state is None else 99)
        rest = list(run(again, corpus.train, corpus.valid, state))
        assert told(rest) == told(reports[3 - len(rest) :])
        assert same(weights_of(again), weights_of(whole))


@pytest.mark.parametrize("updates", ["rows", "dense"])
def test_fgm_moves_the_vectors_of_tokens_and_not_those_of_ngrams(toy: Any, updates: Any) -> None:
    """A row of words moves by its gradient, so rows of n-grams move by their shares of that."""
    corpus = toy(Offsetify())
    model, plain = pair_of(corpus)
    spelled = one_step(corpus, MEAN, [Fgm(epsilon=0.7)], embedding_updates=updates)
    before, after, _ = spelled
    own, ngrams = "encoder.embedding.weight", "encoder.embedding.char_ngrams.table.weight"
    assert same(weights_of(model), before)
    moved = after[own] - before[own]
    torch.testing.assert_close(after[ngrams] - before[ngrams], plain.encoder.shares.t() @ moved)
    assert moved.abs().max() > 1e-3
    without = one_step(corpus, MEAN, [], embedding_updates=updates)[1]
    assert not torch.allclose(without[own], after[own])


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_words_and_ngrams_stay(toy: Any, frozen: bool) -> None:
    corpus = toy()
    encoder = EmbeddingMean(embedding=replace(SPELLED, frozen=frozen))
    before, after, _ = one_step(corpus, encoder, [])
    for name in before:
        assert torch.equal(before[name], after[name]) == (frozen and name.startswith("encoder."))
