"""Encoded rows and how they become batches on a device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.prediction import logits, probabilities
from nlpkit.ragged import Ragged
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.settings.given import given_by
from nlpkit.vocab import Gold


def weights_of(weights: Sequence[float]) -> NDArray[np.float64] | None:
    """The weights of texts, scaled to 1 on average: float64 (R,), None where there are none."""
    return np.asarray(weights, np.float64) * (len(weights) / sum(weights)) if weights else None


@dataclass(frozen=True, eq=False)
class Rows:
    """Texts as ids, the class of each (int64, negative where it is none of the classes; or bool (R, C), which
    labels it has), the collator, and what the logits of these texts mean. Change a part with
    `dataclasses.replace`, which keeps the others. `weights`, float64 (R,), 1 on average, say how much each
    text counts in training; None where all count the same.
    """

    ids: Ragged
    labels: Gold
    collate: Callable[[Ragged], Batch]
    decision: Decision = SINGLE_LABEL
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def probabilities(self, model: Classifier, *, workers: int = 1) -> NDArray[np.float64]:
        """What `model` gives each text: float64 (R, C)."""
        return probabilities(model, self.ids, self.collate, self.decision, workers=workers)

    def logits(self, model: Classifier, *, workers: int = 1) -> NDArray[np.float32]:
        """What `model` gives each text before the decision: float32 (R, C)."""
        return logits(model, self.ids, self.collate, workers=workers)

    def batch(self, rows: NDArray[np.int64], device: torch.device) -> tuple[Batch, Tensor]:
        """The batch of some rows and their labels, int64 (B,) or bool (B, C), on `device`; a GPU is not
        waited for.
        """
        batch, labels = self.collate(self.ids.take(rows)), torch.from_numpy(self.labels[rows])
        given_by(self.collate, batch, isinstance(batch, Batch), "a Batch")
        if device.type == "cuda":
            batch, labels = batch.pin_memory(), labels.pin_memory()
        return batch.to(device, non_blocking=True), labels.to(device, non_blocking=True)
