"""The best epoch so far."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from nlpkit.training.state import TrainerState

Weights = dict[str, Tensor]


def standard_error(share: float, rows: int) -> float:
    """How far a share of some rows may be from that of all texts (Agresti and Coull, 1998): above 0 for
    shares of 0 and 1 as well.

    >>> round(standard_error(0.95, 20), 3), round(standard_error(0.95, 2000), 3)
    (0.068, 0.005)
    """
    share = (min(max(share, 0.0), 1.0) * rows + 2) / (rows + 4)
    return math.sqrt(share * (1 - share) / (rows + 4))


def exact(score: float) -> float:
    """The noise of scores of which each difference counts."""
    return 0.0


class Best:
    """The best epoch and its weights: held once, on the CPU. Without a score the last epoch is the best, and
    the model itself has its weights.

    A score of a few rows is luck in part: an early epoch gets one row more right than any later one. So all
    epochs compete whose score is nearer to the highest than the `noise` of that, and of these the one with
    the lowest log loss wins, of equals that with the better score, of equals again the first. Without a log
    loss the score alone decides.

    With `apart` the model has other weights when an epoch is offered than those that training goes on from.
    """

    def __init__(
        self,
        model: nn.Module,
        before: TrainerState | None = None,
        *,
        higher_is_better: bool = True,
        noise: Callable[[float], float] = exact,
        apart: bool = False,
    ):
        self.model = model
        self.apart = apart
        self.noise = noise
        self._sign = 1 if higher_is_better else -1
        self.epoch = before.best_epoch if before else 0
        self.score = before.best_score if before else 0.0
        self.log_loss = before.best_log_loss if before else 0.0
        self.top_score = before.top_score if before else 0.0
        self.since = before.best_since if before else 0  # the first epoch with the top score
        self._last = before.epoch if before else 0
        self._weights: Weights | None = on_cpu(before.best_model) if before else None

    def offer(self, score: float | None, log_loss: float = math.nan) -> bool:
        """Whether the next epoch, which the model has the weights of now, is the best with these scores."""
        self._last += 1
        if score is None:
            self.since = self._last
        better = score is None or self._better(score, log_loss)
        if better:
            self.epoch, self.log_loss = self._last, log_loss
            self.score = float(self._last) if score is None else score
            self._weights = self._kept() if self.apart or score is not None else None
        return better

    def forget(self) -> None:
        """Let the next epoch be the best: those so far no longer compete with it."""
        self.epoch = 0

    def _better(self, score: float, log_loss: float) -> bool:
        if not self.epoch or self._sign * (score - self.top_score) > 0:
            self.top_score, self.since = score, self._last
        ahead = self._sign * (score - self.score)
        if not self.epoch or math.isnan(log_loss):
            return not self.epoch or ahead > 0
        if not self._competes(self.score) or not self._competes(score):
            return self._competes(score)
        return log_loss < self.log_loss or (log_loss == self.log_loss and ahead > 0)

    def _competes(self, score: float) -> bool:
        """Whether a score is as good as the highest, as far as such scores can tell."""
        return self._sign * (self.top_score - score) <= self.noise(self.top_score)

    def _kept(self) -> Weights:
        """The weights of the model, copied over those that were the best before."""
        now = self.model.state_dict()
        kept: Weights = on_cpu(dict(now)) if self._weights is None else self._weights
        for name, tensor in now.items():
            kept[name].copy_(tensor)
        return kept

    def _elsewhere(self, *, moved: bool = False) -> bool:
        """Whether the model itself has other weights than the best ones."""
        return self._weights is not None and (moved or self.apart or self.epoch != self._last)

    def state(self, optimizer: dict[str, Any], *, moved: bool = False) -> TrainerState:
        """What the rest depends on; `optimizer` is what the trainer keeps beside the weights, and these have
        `moved` if another epoch has begun.
        """
        weights = on_cpu(dict(self.model.state_dict()))
        best = on_cpu(self._weights) if self._elsewhere(moved=moved) else weights
        return TrainerState(
            epoch=self._last,
            model=weights,
            optimizer=on_cpu(optimizer),
            best_epoch=self.epoch,
            best_score=self.score,
            best_model=best,
            best_log_loss=self.log_loss,
            top_score=self.top_score,
            best_since=self.since,
        )

    def put_back(self) -> None:
        """Give the model the weights of the best epoch, and put it into eval mode."""
        if self._weights is not None and self._elsewhere():
            self.model.load_state_dict(self._weights)
        self._weights = None
        self.model.eval()


def on_cpu(value: Any) -> Any:
    """A copy of nested dicts, lists and tuples in which every tensor is on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: on_cpu(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(on_cpu(item) for item in value)
    return value
