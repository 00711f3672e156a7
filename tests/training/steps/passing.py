"""What steps are tried on: passes that give what they are told, and one step of the trainer with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlpkit.batch import Batch, PaddedBatch
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.kinds import Step
from nlpkit.nn.classifier import Classifier
from nlpkit.scoring.losses import summed_cross_entropy
from nlpkit.training.passes import Pass, Passed
from nlpkit.vocab import Vocab
from tests.training.test_loop import loop, model_for, weights_of

BATCH = PaddedBatch(torch.tensor([[2, 3, 4], [5, 0, 0], [3, 3, 0]]))
GOLD = torch.tensor([1, 0, 1])
CLASS_WEIGHTS = np.array([0.5, 1.0, 3.0])


def passing(*logits: Tensor, seen: list[Batch] | None = None) -> Pass:
    """A pass that gives these logits in turn, with a loss of the encoder beside the loss of the classes."""
    turns = iter(logits)
    loss = summed_cross_entropy()

    def inside(batch: Batch, labels: Tensor) -> Passed:
        if seen is not None:
            seen.append(batch)
        found = next(turns)
        return Passed(loss(found, labels), found, {"penalty": torch.tensor(7.0)})

    return Pass(Classifier(EmbeddingMean().build(Vocab(["a"])), 2), loss, inside)


def one_step(corpus: Any, encoder: Any, steps: Iterable[Step], **settings: Any) -> tuple[Any, Any, Any]:
    """Weights before and after one step of plain descent over the first 13 texts, and its report."""
    model = model_for(corpus, encoder)
    before = weights_of(model)
    train = type(corpus.train)(
        corpus.train.ids.take(range(13)), corpus.train.labels[:13], corpus.train.collate
    )
    plain = {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": 13, "epochs": 1}
    setting = loop(steps=[step.build() for step in steps], **{**plain, **settings})
    [report] = setting(model, train, corpus.valid)
    return before, weights_of(model), report
