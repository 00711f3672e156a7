"""The average of a model's weights over its training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nlpkit.training.best import on_cpu
from nlpkit.training.settings import LoopSettings
from nlpkit.training.state import TrainerState

EVERY = 10  # steps from one to the next: to read a large table takes as long as a step


class Average:
    """The mean of weights as they were at several times, beside the model that goes on from its own: none,
    the exponential mean over steps ("ema"), or the plain mean over the ends of the last epochs ("swa").

    Buffers are not averaged. `count` is how often the weights were taken.
    """

    def __init__(self, model: nn.Module, settings: LoopSettings, before: TrainerState | None = None) -> None:
        self.model = model
        self.kind = settings.average
        self.decay = settings.average_decay
        self.first_epoch = settings.first_averaged_epoch
        self.count = before.average_count if before else 0
        device = {name: each.device for name, each in model.named_parameters()}
        kept = before.average if before else {}
        self._weights = {name: each.to(device[name], copy=True) for name, each in kept.items()}

    def after_step(self, step: int, steps: int) -> None:
        """Take the weights after every tenth `step`, from 0, and let them count as all ten would; an epoch of
        fewer `steps` is such a time in itself.
        """
        every = min(EVERY, steps)
        if self.kind == "ema" and (step + 1) % every == 0:
            self._take(self.decay**every)

    def after_epoch(self, epoch: int) -> None:
        """Take the weights after an epoch, from 1, if it is one of the last."""
        if self.kind == "swa" and epoch >= self.first_epoch:
            self._take(1.0)

    def begins(self, epoch: int) -> bool:
        """Whether this is the first epoch, from 1, after which there is a mean of several."""
        return self.kind == "swa" and epoch == self.first_epoch + 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the model has the average for its weights, once there is one."""
        own = (
            {name: each.detach().clone() for name, each in self.model.named_parameters()}
            if self.count
            else {}
        )
        self._put(self._weights)
        try:
            yield
        finally:
            self._put(own)

    def weights(self) -> dict[str, Tensor]:
        """A copy on the CPU."""
        copied: dict[str, Tensor] = on_cpu(self._weights)
        return copied

    def _take(self, decay: float) -> None:
        """Weights of n times count decay ^ (n - 1), ..., decay, 1 of their sum, so that the first ones, from
        which training starts, have no weight of their own (Kingma and Ba, 2015, section 3).
        """
        self.count += 1
        share = 1 / self.count if decay == 1 else (1 - decay) / (1 - decay**self.count)
        for name, each in self.model.named_parameters():
            if name in self._weights:
                self._weights[name].lerp_(each.detach(), share)
            else:
                self._weights[name] = each.detach().clone()

    @torch.no_grad()
    def _put(self, weights: dict[str, Tensor]) -> None:
        for name, each in self.model.named_parameters():
            if name in weights:
                each.copy_(weights[name])
