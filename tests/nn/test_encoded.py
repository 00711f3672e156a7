from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlpkit.batch import Batch, PaddedBatch
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.encoded import Encoded, encoded


class Penalised(nn.Module):
    """The number of tokens as the vector, and its mean as a loss."""

    output_dim = 1

    def forward(self, batch: Batch) -> Encoded:
        counts = (batch.ids != 0).sum(dim=1, keepdim=True).float()  # (B, 1)
        return Encoded(counts, losses={"tokens": counts.mean()})


BATCH = PaddedBatch(torch.tensor([[2, 3, 4], [5, 0, 0]]))


def test_a_classifier_gives_logits_and_on_request_the_losses_of_its_encoder() -> None:
    model = Classifier(Penalised(), 2)
    logits, losses = model.with_losses(BATCH)
    assert {name: loss.item() for name, loss in losses.items()} == {"tokens": 2.0}
    assert torch.equal(model(BATCH), logits)
    assert torch.equal(logits, model.head(torch.tensor([[3.0], [1.0]])))


def test_vectors_alone_have_no_losses() -> None:
    vectors = torch.zeros(2, 1)
    assert encoded(vectors).vectors is vectors
    assert encoded(vectors).losses == {}


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        (torch.zeros(5), r"a tensor of shape \(5,\)"),
        (0.5, "0.5"),
        (torch.zeros(1), r"a tensor of shape \(1,\)"),
    ],
    ids=["one a text", "no tensor", "a list of one"],
)
def test_a_loss_that_is_not_one_number_is_refused(loss: Any, given: str) -> None:
    with pytest.raises(ValueError, match=f"the loss 'penalty' of an encoder is {given}, and a tensor of one"):
        Encoded(Tensor(), {"penalty": loss})
