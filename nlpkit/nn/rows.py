"""Encoded rows and how they become batches on a device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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

    def batches(
        self, order: Iterable[NDArray[np.int64]], device: torch.device
    ) -> Iterator[tuple[Batch, Tensor]]:
        """For each array of row indices a batch and its labels, int64 (B,), on `device`."""
        labels = torch.from_numpy(self.labels)
        for rows in order:
            batch = self.collate(self.ids.take(rows))
            yield batch.to(device), labels[torch.from_numpy(rows)].to(device)
