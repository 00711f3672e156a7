"""Encoded rows and how they become batches on a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.ragged import Ragged


@dataclass(frozen=True, eq=False)
class Rows:
    """Texts as ids, the class of each (int64, -1 where it is none of the classes), and the collator."""

    ids: Ragged
    labels: NDArray[np.int64]
    collate: Callable[[Ragged], Batch]

    def __len__(self) -> int:
        return len(self.ids)

    def batch(self, rows: NDArray[np.int64], device: torch.device) -> tuple[Batch, Tensor]:
        """The batch of some rows and their labels, int64 (B,), on `device`; a GPU is not waited for."""
        batch, labels = self.collate(self.ids.take(rows)), torch.from_numpy(self.labels[rows])
        if device.type == "cuda":
            batch, labels = batch.pin_memory(), labels.pin_memory()
        return batch.to(device, non_blocking=True), labels.to(device, non_blocking=True)
