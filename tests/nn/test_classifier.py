from __future__ import annotations

import torch
from torch import Tensor, nn

from nlpkit.batch import Batch, LengthBatch
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.recurrent import RecurrentEncoder


class FirstId(nn.Module):
    """The first id of a text and its negative: a double that is easy to compute with."""

    output_dim = 2

    def forward(self, batch: Batch) -> Tensor:
        return torch.stack([batch.ids[:, 0], -batch.ids[:, 0]], dim=1).float()


def test_logits_are_a_linear_function_of_what_the_encoder_gives() -> None:
    model = Classifier(FirstId(), classes=3)
    model.head.load_state_dict(
        {
            "weight": torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
            "bias": torch.tensor([0.5, 0.0, -1.0]),
        }
    )
    logits = model(Batch(torch.tensor([[4, 9], [5, 9]])))
    assert logits.tolist() == [
        [1 * 4 + 0.5, 2 * -4, 4 - 4 - 1],
        [1 * 5 + 0.5, 2 * -5, 5 - 5 - 1],
    ]


def classifier(seed: int) -> Classifier:
    torch.manual_seed(seed)
    encoder = RecurrentEncoder("gru", TokenEmbedding(9, 4), hidden_size=3, packed=True, pooling="attention")
    return Classifier(encoder, classes=2).eval()


BATCH = LengthBatch(torch.tensor([[4, 5, 6], [7, 8, 0]]), lengths=torch.tensor([3, 2]))


def test_a_state_dict_makes_another_classifier_the_same() -> None:
    first, second = classifier(1), classifier(2)
    assert not torch.equal(first(BATCH), second(BATCH))
    second.load_state_dict(first.state_dict())
    assert torch.equal(first(BATCH), second(BATCH))


def test_every_parameter_gets_a_gradient() -> None:
    model = classifier(1)
    model(BATCH).logsumexp(dim=1).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
