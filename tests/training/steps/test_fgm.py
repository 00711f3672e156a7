from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nlpkit.components.collators import Offsetify, Padify
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm
from nlpkit.components.steps import Fgm
from nlpkit.errors import ConfigError
from nlpkit.system.forking import can_fork
from tests.training.steps.passing import CLASS_WEIGHTS, one_step
from tests.training.test_loop import first, loop, model_for

WORKERS = [1, pytest.param(2, marks=pytest.mark.skipif(not can_fork(), reason="no process can be forked"))]
MEAN = EmbeddingMean(embedding=Embedding(size=4))


def by_hand(corpus: Any, epsilon: float) -> tuple[dict[str, Tensor], float]:
    """The gradients and the clean loss in plain torch, text by text."""
    model = model_for(corpus, MEAN)
    weights = torch.tensor(CLASS_WEIGHTS).float()
    gold = torch.from_numpy(corpus.train.labels[:13])
    total, clean_total = torch.zeros(()), 0.0
    for row, label in enumerate(gold):
        ids = torch.from_numpy(corpus.train.ids.take([row]).values.astype("int64"))

        def loss_of(vectors: Tensor, label: Tensor = label) -> Tensor:
            logits = model.head(vectors.mean(dim=0, keepdim=True))
            return F.cross_entropy(logits, label.view(1), weight=weights, reduction="sum")

        vectors = F.embedding(ids, model.encoder.embedding.weight)  # (T, E)
        clean = loss_of(vectors)
        [slope] = torch.autograd.grad(clean, vectors, retain_graph=True)
        total = total + clean + loss_of(vectors + epsilon * slope / slope.norm())
        clean_total += clean.item()
    weight = weights[gold].sum()
    (total / weight).backward()
    return {name: each.grad for name, each in model.named_parameters()}, clean_total / weight.item()


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("updates", ["rows", "dense"])
@pytest.mark.parametrize("collator", [Padify(), Offsetify()], ids=["padded", "flat"])
def test_a_step_is_against_the_loss_and_that_of_each_text_moved_against_it(
    toy: Any, workers: int, updates: str, collator: Any
) -> None:
    corpus = toy(collator)
    settings = {"workers": workers, "embedding_updates": updates, "class_weights": CLASS_WEIGHTS}
    before, after, report = one_step(corpus, MEAN, [Fgm(epsilon=0.7)], **settings)
    gradients, clean = by_hand(corpus, 0.7)
    gradients["encoder.embedding.weight"][0] = 0
    for name, gradient in gradients.items():
        torch.testing.assert_close(after[name], before[name] - 0.5 * gradient, rtol=0, atol=1e-6, msg=name)
    assert report.train_loss == pytest.approx(clean, rel=1e-6)


@pytest.mark.parametrize("workers", WORKERS)
def test_all_forms_of_a_recurrent_encoder_are_moved_alike(
    toy: Any, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, found = toy(), []
    monkeypatch.setattr("nlpkit.nn.recurrent.OWN_KERNEL_SIZE", 0)  # ours gives gradients once
    for packed in (True, False):
        encoder = Lstm(hidden_size=5, dropout=0.0, packed=packed, embedding=Embedding(size=4))
        found.append(one_step(corpus, encoder, [Fgm()], workers=workers)[1])
    for name, weight in found[0].items():
        torch.testing.assert_close(found[1][name], weight, rtol=0, atol=1e-6, msg=name)


def test_vectors_that_are_frozen_are_moved_and_stay(toy: Any) -> None:
    corpus = toy()
    frozen = EmbeddingMean(embedding=Embedding(size=4, frozen=True))
    before, after, _ = one_step(corpus, frozen, [Fgm()])
    plain = one_step(corpus, frozen, [])[1]
    assert torch.equal(after["encoder.embedding.weight"], before["encoder.embedding.weight"])
    assert not torch.equal(after["head.weight"], plain["head.weight"])


def test_nothing_is_moved_outside_of_the_step(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, Gru(hidden_size=4))
    first(loop(steps=[Fgm().build()], epochs=1)(model, corpus.train, corpus.valid))
    assert model.encoder.embedding.change is None
    assert model.encoder.embedding.lookups == []


class Counting(nn.Module):
    """An encoder without token vectors."""

    output_dim = 1

    def forward(self, batch: Any) -> Tensor:
        return (batch.ids != 0).sum(dim=1, keepdim=True).float()


class Flat(nn.Module):
    """An encoder whose ids say nothing of texts."""

    output_dim = 4

    def __init__(self, embedding: nn.Module) -> None:
        super().__init__()
        self.embedding = embedding

    def forward(self, batch: Any) -> Tensor:
        vectors: Tensor = self.embedding(batch.ids.flatten())
        return vectors.view(*batch.ids.shape, -1).mean(dim=1)


def test_an_encoder_without_token_vectors_is_told(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, MEAN)
    model.encoder, model.head = Counting(), nn.Linear(1, 3)
    with pytest.raises(ConfigError, match=r"trainer.steps: fgm moves the vectors of tokens, and this"):
        first(loop(steps=[Fgm().build()])(model, corpus.train, corpus.valid))


def test_ids_that_have_lost_their_texts_are_told(toy: Any) -> None:
    corpus = toy()
    model = model_for(corpus, MEAN)
    model.encoder = Flat(model.encoder.embedding)
    with pytest.raises(ConfigError, match=r"ids of shape \(\d+,\) are read where the batch has \(\d+, \d+\)"):
        first(loop(steps=[Fgm().build()])(model, corpus.train, corpus.valid))
