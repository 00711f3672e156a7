"""The losses of encoders and of the trainer, in one process and in several."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlpkit.batch import PaddedBatch
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.encoded import Encoded
from nlpkit.nn.order import shuffled
from nlpkit.scoring.losses import summed_focal
from nlpkit.system.forking import can_fork
from tests.training.test_loop import first, loop, same, weights_of

WORKERS = [1, pytest.param(2, marks=pytest.mark.skipif(not can_fork(), reason="no process can be forked"))]
WEIGHTS = np.array([0.5, 1.0, 3.0])


class Drawn(nn.Module):
    """The mean of token vectors, with a penalty on its length; sometimes with another one beside it."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.embedding = TokenEmbedding(vocab_size, 4)
        self.output_dim = 4

    def forward(self, batch: PaddedBatch) -> Encoded:
        vectors: Tensor = self.embedding(batch.ids).sum(dim=1) / batch.mask().sum(dim=1, keepdim=True)
        losses = {"length": vectors.square().sum(dim=1).mean()}
        if (batch.ids == 2).any():
            losses["seldom"] = vectors.abs().sum(dim=1).mean()
        return Encoded(vectors, losses)


def drawn_for(corpus: Any) -> Classifier:
    torch.manual_seed(0)
    return Classifier(Drawn(len(corpus.vocab)), len(corpus.labels))


def gradient_by_hand(corpus: Any, rows: Any) -> dict[str, Tensor]:
    """Of the weighted mean of the loss of the classes, and of the mean penalty of the texts."""
    model = drawn_for(corpus)
    ids = corpus.train.ids.take(rows)
    found = model.encoder(corpus.train.collate(ids))
    gold = torch.from_numpy(corpus.train.labels[rows])
    loss = F.cross_entropy(model.head(found.vectors), gold, weight=torch.tensor(WEIGHTS).float())
    (loss + found.losses["length"]).backward()
    return {name: each.grad for name, each in model.named_parameters() if each.grad is not None}


def assert_moved_against_gradients(model: Classifier, by_hand: Classifier) -> None:
    """By one step of SGD at a learning rate of 0.5, whose gradients `by_hand` has."""
    with torch.no_grad():
        for parameter in by_hand.parameters():
            assert parameter.grad is not None
            parameter -= 0.5 * parameter.grad
    found = weights_of(model)
    for name, weight in weights_of(by_hand).items():
        torch.testing.assert_close(found[name], weight, rtol=0, atol=1e-6, msg=name)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("updates", ["rows", "dense"])
def test_one_step_is_against_the_mean_loss_of_the_classes_and_that_of_the_encoder(
    toy: Any, workers: int, updates: str
) -> None:
    corpus = toy()
    rows = np.flatnonzero([2 not in corpus.train.ids.take([row]).values for row in range(40)])[:13]
    train = type(corpus.train)(corpus.train.ids.take(rows), corpus.train.labels[rows], corpus.train.collate)
    model = drawn_for(corpus)
    before = weights_of(model)
    step = {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": 13, "epochs": 1}
    of_loop = {"workers": workers, "embedding_updates": updates, "class_weights": WEIGHTS}
    list(loop(**step, **of_loop)(model, train, train))
    after = weights_of(model)
    for name, gradient in gradient_by_hand(corpus, rows).items():
        torch.testing.assert_close(after[name], before[name] - 0.5 * gradient, rtol=0, atol=1e-6, msg=name)


@pytest.mark.parametrize("batch_size", [1, 7, 40])
def test_workers_report_the_losses_that_one_process_reports(toy: Any, batch_size: int) -> None:
    if not can_fork():
        pytest.skip("no process can be forked")
    corpus = toy()
    told = []
    for workers in (1, 2):
        setting = loop(workers=workers, learning_rate=0.0, epochs=1, batch_size=batch_size)
        told.append(first(setting(drawn_for(corpus), corpus.train, corpus.valid)))
    one, two = told
    vectors = drawn_for(corpus).encoder(corpus.train.collate(corpus.train.ids)).vectors
    expected = vectors.square().sum(dim=1).mean().item()
    assert one.losses["length"] == pytest.approx(expected, rel=1e-6)
    assert two.losses["length"] == pytest.approx(expected, rel=1e-6)
    assert set(two.losses) == {"length", "seldom"}
    assert two.train_loss == pytest.approx(one.train_loss, rel=1e-6)


def test_an_encoder_without_losses_reports_none(toy: Any) -> None:
    from tests.training.test_loop import model_for

    corpus = toy()
    assert first(loop(epochs=1)(model_for(corpus), corpus.train, corpus.valid)).losses == {}


def test_a_loss_of_the_encoder_that_is_no_number_ends_the_training(toy: Any) -> None:
    corpus = toy()
    model = drawn_for(corpus)
    with torch.no_grad():
        model.encoder.embedding.weight[3:] = 1e30  # whose square is more than float32 holds
    with pytest.raises(Exception, match="the training loss became"):
        first(loop(epochs=1, batch_size=40)(model, corpus.train, corpus.valid))


@pytest.mark.parametrize("workers", WORKERS)
def test_a_trainer_minimises_the_loss_that_it_is_given(toy: Any, workers: int) -> None:
    corpus = toy()
    losing = partial(summed_focal, gamma=1.5)
    model, other = drawn_for(corpus), drawn_for(corpus)
    model.encoder.forward = partial(_vectors, model.encoder)
    step = {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": 40, "epochs": 1}
    list(loop(loss=losing, workers=workers, **step)(model, corpus.train, corpus.valid))
    [rows] = shuffled(corpus.train.ids.lengths, 40, seed=3, epoch=1)
    gold = torch.from_numpy(corpus.train.labels[rows])
    shares = other.head(_vectors(other.encoder, corpus.train.collate(corpus.train.ids.take(rows)))).softmax(1)
    right = shares[torch.arange(40), gold]
    (-((1 - right) ** 1.5) * right.log()).mean().backward()
    assert_moved_against_gradients(model, other)


def _vectors(encoder: Any, batch: PaddedBatch) -> Tensor:
    return Drawn.forward(encoder, batch).vectors


def test_the_same_seed_gives_the_same_bits_with_losses(toy: Any) -> None:
    corpus = toy()
    found = []
    for _ in range(2):
        model = drawn_for(corpus)
        list(loop(epochs=2)(model, corpus.train, corpus.valid))
        found.append(weights_of(model))
    assert same(*found)
