"""What is counted during an epoch.

Axes: B texts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.batch import Batch, PaddedBatch
from nlpkit.training.team import Team, added


class TrainingProgress:
    """Running sums of an epoch; reading `loss` or `accuracy` waits for the device.

    `texts` of `total` are done by all workers; the sums are of this worker's share until they are `gathered`.
    `member` is the name of the classifier that is trained, where there are several.
    """

    def __init__(self, epoch: int, epochs: int, total: int, device: torch.device) -> None:
        self.epoch = epoch
        self.epochs = epochs
        self.total = total
        self.texts = 0
        self.member = ""
        self.learning_rate = 0.0  # of the last step
        self._counts = np.zeros(3)  # texts, tokens, tokens with padding
        self._sums = torch.zeros(2, dtype=torch.float64, device=device)  # loss, right answers
        self._losses: dict[str, Tensor | float] = {}  # of the encoder, each summed over texts
        self._losses_texts: dict[str, float] = {}
        self._since = time.perf_counter()
        self.seconds_before = 0.0  # of the epoch, until the training was stopped

    def add(self, loss: Tensor, right: Tensor, batch: Batch, lengths: NDArray[np.int64]) -> None:
        """Count a share of a batch: its loss summed over texts, how many of them are right, and their tokens
        and padding; `lengths` int64 (B,) are those of the texts.
        """
        self._sums += torch.stack([loss.detach().double(), right.double()])
        padded = isinstance(batch, PaddedBatch)
        tokens = np.minimum(lengths, batch.ids.shape[1]).sum() if padded else len(batch.ids)
        self._counts += (len(lengths), tokens, batch.ids.numel())

    def add_losses(self, losses: Mapping[str, Tensor], texts: int) -> None:
        """Count the losses that an encoder gave beside the vectors of a share, each a mean over its texts."""
        for name, loss in losses.items():
            self._losses[name] = self._losses.get(name, 0.0) + loss.detach().double() * texts
            self._losses_texts[name] = self._losses_texts.get(name, 0.0) + texts

    def dump(self) -> str:
        """What was counted so far, as JSON that `load` reads to the last bit."""
        losses = {name: float(each) for name, each in self._losses.items()}
        numbers = [self.texts, self.learning_rate, self._counts.tolist(), self._sums.tolist()]
        seconds = self.seconds_before + time.perf_counter() - self._since
        return json.dumps([*numbers, losses, self._losses_texts, seconds])

    def load(self, counted: Sequence[str]) -> None:
        """Go on from what `dump` gave in some workers, which are this one now."""
        for each in counted:
            self.texts, self.learning_rate, counts, sums, *rest = json.loads(each)
            losses, texts, self.seconds_before = rest
            self._counts = self._counts + np.array(counts)
            self._sums = self._sums + self._sums.new_tensor(sums)
            self._losses = added(self._losses, losses)
            self._losses_texts = added(self._losses_texts, texts)

    def gather(self, team: Team) -> None:
        """Add up the sums of all workers."""
        self._losses = {**team.totals_by_name({name: float(each) for name, each in self._losses.items()})}
        self._losses_texts = team.totals_by_name(self._losses_texts)
        totals = team.totals([*self._counts.tolist(), *self._sums.tolist()])
        self._counts, self._sums = np.array(totals[:3]), torch.tensor(totals[3:], dtype=torch.float64)

    @property
    def loss(self) -> float:
        return float(self._sums[0]) / max(1.0, float(self._counts[0]))

    @property
    def losses(self) -> dict[str, float]:
        """The losses of the encoder, by name, each a mean over the texts of the batches that had it."""
        return {name: float(each) / self._losses_texts[name] for name, each in self._losses.items()}

    @property
    def accuracy(self) -> float:
        return float(self._sums[1]) / max(1.0, float(self._counts[0]))

    @property
    def padding_fraction(self) -> float:
        """The share of all ids that is padding."""
        _, tokens, ids = self._counts
        return float(1.0 - tokens / max(1.0, ids))


def check_counted(counted: Iterable[str]) -> None:
    """ValueError or TypeError where something is not what `dump` gave, before an epoch goes on from it."""
    for each in counted:
        TrainingProgress(1, 1, 1, torch.device("cpu")).load([each])
