"""Texts that count more than others."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nlpkit.components.collators import Offsetify
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import Gru
from nlpkit.components.linear import Linear, Tfidf
from nlpkit.nn.order import shuffled
from nlpkit.scoring.losses import summed_focal
from nlpkit.training.passes import weighed
from nlpkit.training.rows import weights_of as weights_of_texts
from tests.training.test_loop import PLAIN, loop, model_for, same, weights_of
from tests.training.test_losses import WORKERS, assert_moved_against_gradients

COUNTS = np.random.default_rng(3).choice([0.5, 1.0, 4.0], 40)
WEIGHTS = COUNTS / COUNTS.mean()


def test_weights_are_1_on_average_and_none_where_there_are_none() -> None:
    np.testing.assert_allclose(weights_of_texts([1.0, 3.0]), [0.5, 1.5])
    assert weights_of_texts([]) is None


def test_a_loss_of_weighed_texts_is_their_losses_times_their_weights() -> None:
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    gold, weights = torch.tensor([0, 1, 2, 1, 0]), np.array([0.5, 2.0, 0.5, 1.0, 7.25])
    for of_texts in (partial(F.cross_entropy, reduction="sum"), summed_focal(None, gamma=1.5)):
        found = weighed(of_texts, weights)(logits, gold)
        alone = [float(weights[i]) * of_texts(logits[i : i + 1], gold[i : i + 1]) for i in range(5)]
        torch.testing.assert_close(found, torch.stack(alone).sum())
    slopes = torch.autograd.grad(weighed(of_texts, weights)(logits, gold), logits)[0]
    plain = torch.autograd.grad(of_texts(logits, gold), logits)[0]
    torch.testing.assert_close(slopes, plain * torch.tensor(weights).float().unsqueeze(1))


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("updates", ["rows", "dense"])
@pytest.mark.parametrize("encoder", [PLAIN, Gru(hidden_size=6, dropout=0.0, embedding=Embedding())])
def test_one_step_is_against_the_weighed_loss(toy: Any, workers: int, updates: str, encoder: Any) -> None:
    corpus = toy()
    train = replace(corpus.train, weights=WEIGHTS)
    model, other = model_for(corpus, encoder), model_for(corpus, encoder)
    step = {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": 40, "epochs": 1}
    list(loop(workers=workers, embedding_updates=updates, **step)(model, train, corpus.valid))
    [rows] = shuffled(corpus.train.ids.lengths, 40, seed=3, epoch=1)
    gold, weights = torch.from_numpy(corpus.train.labels[rows]), torch.from_numpy(WEIGHTS[rows]).float()
    losses = F.cross_entropy(other(corpus.train.collate(corpus.train.ids.take(rows))), gold, reduction="none")
    (losses * weights).mean().backward()
    assert_moved_against_gradients(model, other)


def test_equal_weights_and_none_give_the_same(toy: Any) -> None:
    corpus = toy()
    model, other = model_for(corpus, PLAIN), model_for(corpus, PLAIN)
    list(loop(epochs=2)(model, corpus.train, corpus.valid))
    list(loop(epochs=2)(other, replace(corpus.train, weights=np.ones(40)), corpus.valid))
    assert same(weights_of(model), weights_of(other))


def test_a_solver_of_scikit_learn_is_told_the_weights(toy: Any) -> None:
    corpus = toy(Offsetify(max_tokens=None))
    heavy = np.where(corpus.train.labels == 0, 8.0, 1.0)
    found = []
    for weights in (None, heavy / heavy.mean()):
        model = model_for(corpus, Tfidf())
        rows = replace(corpus.train, weights=weights)
        list(Linear(C=0.05).build(corpus.labels, 3)(model, rows, corpus.valid, None))
        found.append(corpus.valid.probabilities(model)[:, 0].mean())
    assert found[1] > found[0]
