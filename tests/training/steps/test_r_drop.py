from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.steps import RDrop
from tests.training.steps.passing import BATCH, GOLD, one_step, passing


def test_the_loss_is_the_one_worked_out_by_hand() -> None:
    one = torch.tensor([[0.0, math.log(3)], [0.0, 0.0], [0.0, 0.0]])  # 1/4 3/4, then even
    other = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    passed = RDrop(alpha=2.0).build()(passing(one, other), BATCH, GOLD)
    classes = -(math.log(0.75) + 5 * math.log(0.5)) / 2
    there = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)  # KL of 1/4 3/4 from even
    back = 0.5 * math.log(2) + 0.5 * math.log(2 / 3)
    assert passed.loss.item() == pytest.approx(classes + 2.0 * (there + back) / 2, rel=1e-6)
    assert passed.logits is one
    assert passed.losses == {"penalty": torch.tensor(7.0)}


def test_the_divergence_is_that_of_torch() -> None:
    torch.manual_seed(0)
    one, other = torch.randn(3, 2), torch.randn(3, 2)
    alone = RDrop(alpha=0.0).build()(passing(one, other), BATCH, GOLD).loss
    found = RDrop(alpha=1.0).build()(passing(one, other), BATCH, GOLD).loss - alone
    p, q = one.log_softmax(1), other.log_softmax(1)
    kl = torch.nn.functional.kl_div
    expected = (kl(q, p, reduction="sum", log_target=True) + kl(p, q, reduction="sum", log_target=True)) / 2
    torch.testing.assert_close(found, expected)


def test_without_dropout_it_is_the_plain_loss(toy: Any) -> None:
    corpus = toy()
    encoder = EmbeddingMean(embedding=Embedding(size=4))
    plain, dropped = (one_step(corpus, encoder, steps)[1] for steps in ([], [RDrop(alpha=5.0)]))
    for name, weight in plain.items():
        torch.testing.assert_close(dropped[name], weight, rtol=0, atol=1e-6, msg=name)
