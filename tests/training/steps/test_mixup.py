from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.steps import Mixup
from nlpkit.nn.classifier import Classifier
from nlpkit.scoring.losses import summed_cross_entropy
from nlpkit.training.passes import Pass, Passed
from nlpkit.vocab import Vocab
from tests.training.steps.passing import BATCH, GOLD, passing


def drawn(alpha: float) -> tuple[torch.Tensor, float]:
    """The order and the share that the next step draws."""
    torch.manual_seed(5)
    exactly = torch.tensor(alpha, dtype=torch.float64)
    found = torch.randperm(3), float(torch.distributions.Beta(exactly, exactly).sample())
    torch.manual_seed(5)
    return found


def test_it_is_mixup_of_the_vectors_of_the_encoder() -> None:
    vocab = Vocab(list("abcdef"))
    model = Classifier(EmbeddingMean(embedding=Embedding(size=4, init_std=1.0)).build(vocab), 2)
    loss = summed_cross_entropy(torch.tensor([0.5, 2.0]))

    def plain(batch: Any, labels: torch.Tensor) -> Passed:
        logits = model(batch)
        return Passed(loss(logits, labels), logits)

    order, share = drawn(0.4)
    found = Mixup(alpha=0.4).build()(Pass(model, loss, plain), BATCH, GOLD)
    vectors = model.encoder(BATCH)
    logits = model.head(share * vectors + (1 - share) * vectors[order])
    targets = share * F.one_hot(GOLD, 2) + (1 - share) * F.one_hot(GOLD[order], 2)
    expected = -(targets * torch.tensor([0.5, 2.0]) * logits.log_softmax(1)).sum()
    torch.testing.assert_close(found.loss, expected)
    torch.testing.assert_close(found.logits, model(BATCH))


def test_shares_are_drawn_from_a_beta_distribution() -> None:
    logits = torch.tensor([[4.0, 0.0], [0.0, 4.0], [4.0, 0.0]])
    losses = []
    for alpha in (0.01, 1000.0):
        torch.manual_seed(0)
        step = Mixup(alpha=alpha).build()
        losses.append([step(passing(logits), BATCH, torch.tensor([0, 1, 0])).loss.item() for _ in range(40)])
    plain = F.cross_entropy(logits, torch.tensor([0, 1, 0]), reduction="sum").item()
    assert sum(abs(loss - plain) < 0.5 for loss in losses[0]) >= 36  # nearly all of one text
    assert max(losses[1]) > 1  # half of two


def test_the_losses_of_the_encoder_are_handed_on() -> None:
    passed = Mixup().build()(passing(torch.zeros(3, 2)), BATCH, GOLD)
    assert passed.losses == {"penalty": torch.tensor(7.0)}
