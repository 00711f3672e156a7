"""The best epoch so far."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from nlpkit.training.state import TrainerState

Weights = dict[str, Tensor]


class Best:
    """The epoch with the best score, of equal ones that with the lowest log loss, of equals again the first,
    and its weights: held once, on the CPU. Without a score the last epoch is the best, and the model itself
    has its weights.

    With `apart` the model has other weights when an epoch is offered than those that training goes on from.
    """

    def __init__(
        self,
        model: nn.Module,
        before: TrainerState | None = None,
        *,
        higher_is_better: bool = True,
        apart: bool = False,
    ):
        self.model = model
        self.apart = apart
        self.higher_is_better = higher_is_better
        self.epoch = before.best_epoch if before else 0
        self.score = before.best_score if before else 0.0
        self.log_loss = before.best_log_loss if before else 0.0
        self.since = before.best_since if before else 0  # the first epoch with that score
        self._last = before.epoch if before else 0
        self._weights: Weights | None = on_cpu(before.best_model) if before else None

    def offer(self, score: float | None, log_loss: float = 0.0) -> bool:
        """Whether the next epoch, which the model has the weights of now, is the best with these scores."""
        self._last += 1
        better = self.epoch == 0 or score is None or self._better(score, log_loss)
        if better:
            if score is None or score != self.score or not self.since:
                self.since = self._last
            self.epoch, self.log_loss = self._last, log_loss
            self.score = float(self._last) if score is None else score
            self._weights = self._kept() if self.apart or score is not None else None
        return better

    def forget(self) -> None:
        """Let the next epoch be the best: those so far no longer compete with it."""
        self.epoch = self.since = 0

    def _better(self, score: float, log_loss: float) -> bool:
        if score == self.score:
            return log_loss < self.log_loss
        return (score > self.score) == self.higher_is_better

    def _kept(self) -> Weights:
        """The weights of the model, copied over those that were the best before."""
        now = self.model.state_dict()
        kept: Weights = on_cpu(dict(now)) if self._weights is None else self._weights
        for name, tensor in now.items():
            kept[name].copy_(tensor)
        return kept

    def _elsewhere(self) -> bool:
        """Whether the model itself has other weights than the best ones."""
        return self._weights is not None and (self.apart or self.epoch != self._last)

    def state(self, optimizer: dict[str, Any]) -> TrainerState:
        """What the next epoch depends on; `optimizer` is what the trainer keeps beside the weights."""
        weights = on_cpu(dict(self.model.state_dict()))
        best = on_cpu(self._weights) if self._elsewhere() else weights
        return TrainerState(
            epoch=self._last,
            model=weights,
            optimizer=on_cpu(optimizer),
            best_epoch=self.epoch,
            best_score=self.score,
            best_model=best,
            best_log_loss=self.log_loss,
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
