from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.trainers import Standard
from nlpkit.errors import ConfigError
from nlpkit.nn.classifier import Classifier


def model_for(corpus: Any) -> Classifier:
    torch.manual_seed(0)
    return Classifier(EmbeddingMean().build(corpus.vocab), len(corpus.labels))


def refused(corpus: Any, model: Classifier, batch_size: int, progress: Any = None) -> tuple[str, int]:
    """The refusal, and how many epochs were reported before it."""
    done = 0
    train = Standard(batch_size=batch_size, learning_rate=0.05, device="cpu").build(
        corpus.labels, 3, progress
    )
    with pytest.raises(ConfigError) as caught:
        for _ in train(model, corpus.train, corpus.valid, None):
            done += 1
    return str(caught.value), done


HINT = "\n  lower trainer.learning_rate (0.05) or set trainer.max_grad_norm = 1.0"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["head.weight", "head.bias", "encoder.embedding.weight"])
def test_a_weight_that_is_no_number_stops_training_at_its_first_batch(
    toy: Any, name: str, value: float
) -> None:
    corpus, model, batches = toy(), model_for(toy()), []
    with torch.no_grad():
        model.state_dict()[name][-1].fill_(value)
    message, done = refused(corpus, model, 40, batches.append)
    assert message == f"the training loss became nan in epoch 1{HINT}"
    assert (done, batches) == (0, [])


def test_a_loss_that_becomes_infinite_is_told_with_the_last_good_epoch(toy: Any) -> None:
    corpus, model = toy(), model_for(toy())

    def spoil(progress: Any) -> None:
        if (progress.epoch, progress.texts) == (2, 8):
            with torch.no_grad():
                model.head.bias[0] = -math.inf

    message, done = refused(corpus, model, 8, spoil)
    assert message == f"the training loss became inf in epoch 2; epoch 1 was the last good one{HINT}"
    assert done == 1


def test_a_gradient_that_is_no_number_in_the_last_batch_gives_no_report(toy: Any) -> None:
    corpus, model = toy(), model_for(toy())
    model.head.weight.register_hook(lambda gradient: gradient * math.nan)
    message, done = refused(corpus, model, 40)
    assert message == f"a weight is no longer a finite number in epoch 1{HINT}"
    assert done == 0


def test_validation_probabilities_that_overflow_stop_training_with_finite_weights(toy: Any) -> None:
    corpus, model = toy(), model_for(toy())

    class Overflowing(type(corpus.valid)):  # type: ignore[misc]
        def probabilities(self, model: Classifier, *, workers: int = 1) -> Any:
            with torch.no_grad():
                model.head.weight.fill_(3e38)
                model.encoder.embedding.weight.fill_(3e38)
            return super().probabilities(model, workers=workers)

    valid = Overflowing(corpus.valid.ids, corpus.valid.labels, corpus.valid.collate)
    with pytest.raises(ConfigError) as caught:
        list(
            Standard(learning_rate=0.05, device="cpu").build(corpus.labels, 3)(
                model, corpus.train, valid, None
            )
        )
    assert str(caught.value) == f"the validation probabilities are no longer numbers in epoch 1{HINT}"
