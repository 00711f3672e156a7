"""Training as an iterator of epoch reports.

Axes: B texts of a batch, C classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.errors import ConfigError
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.loss import SummedLoss
from nlpkit.nn.optimizers import Optimizer, Schedule, learning_rate_factor
from nlpkit.nn.prediction import probabilities
from nlpkit.nn.progress import TrainingProgress
from nlpkit.nn.rows import Rows
from nlpkit.nn.updates import Updates
from nlpkit.nn.workers import Team
from nlpkit.order import shuffled

Precision = Literal["float32", "bfloat16"]
Score = Callable[[NDArray[np.int64], NDArray[np.float64]], dict[str, float]]


@dataclass(frozen=True)
class TrainerState:
    """All that the next epoch depends on, as plain data: numbers and tensors on the CPU."""

    epoch: int  # epochs done
    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    best_epoch: int
    best_score: float
    best_model: dict[str, Tensor]


@dataclass(frozen=True)
class EpochReport:
    """One epoch, done. Rates are texts a second of training alone, `padding_fraction` is the share of the ids
    of all batches that is padding, `valid` has a score by its name, and `notes` are for a person to read."""

    epoch: int
    epochs: int
    texts: int
    train_loss: float
    train_accuracy: float
    learning_rate: float
    train_seconds: float
    texts_per_second: float
    valid: dict[str, float]
    best: bool
    state: TrainerState = field(repr=False)
    padding_fraction: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loop:
    """The training loop of the standard trainer. `score` rates the validation rows, `monitor` names the
    score that decides which epoch is best, and `class_weights` is float (C,) or none.
    """

    seed: int
    batch_size: int
    epochs: int
    learning_rate: float
    optimizer: Optimizer
    weight_decay: float
    momentum: float
    schedule: Schedule
    warmup_fraction: float
    max_grad_norm: float | None
    rowwise: bool
    label_smoothing: float
    patience: int | None
    workers: int
    max_batch_tokens: int | None
    precision: Precision
    device: torch.device
    class_weights: NDArray[np.float64] | None
    score: Score
    monitor: str
    higher_is_better: bool
    progress: Callable[[TrainingProgress], None] | None = None

    def __call__(
        self, model: Classifier, train: Rows, valid: Rows, state: TrainerState | None = None
    ) -> Iterator[EpochReport]:
        """Train `model` in place; a `state` from an earlier report goes on from there, to the same bits.

        When the iterator ends the model has the weights of its best epoch, or of the last one where
        there are no validation rows, and is in eval mode. ConfigError where the loss or a weight is no
        longer a number: no report of such an epoch is given.
        """
        model.to(self.device)
        updates = Updates(
            model,
            self.optimizer,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            rowwise=self.rowwise,
            workers=self.workers,
        )
        if state is not None:
            model.load_state_dict(state.model)
            updates.load_state_dict(deepcopy(state.optimizer))
        for epoch in range(state.epoch + 1 if state else 1, self.epochs + 1):
            if state is not None and self._out_of_patience(state):
                break
            started = time.perf_counter()
            with updates:
                progress = updates.team.together(partial(self._epoch, model, updates, train, epoch))
            self._check(model, progress, epoch)
            seconds = time.perf_counter() - started
            scores = self._scores(model, valid)
            state = self._next_state(model, updates, epoch, scores, state)
            yield EpochReport(
                epoch=epoch,
                epochs=self.epochs,
                texts=progress.texts,
                train_loss=progress.loss,
                train_accuracy=progress.accuracy,
                learning_rate=progress.learning_rate,
                train_seconds=seconds,
                texts_per_second=progress.texts / max(seconds, 1e-9),
                padding_fraction=progress.padding_fraction,
                valid=scores,
                best=state.best_epoch == epoch,
                state=state,
            )
        if state is not None:
            model.load_state_dict(state.best_model)
        model.eval()

    def _epoch(self, model: Classifier, updates: Updates, train: Rows, epoch: int) -> TrainingProgress:
        """One epoch of one worker; what all of them have counted."""
        team = updates.team
        model.zero_grad()
        # dropout, too, is a function of (seed, epoch), and of the worker
        torch.manual_seed(self.seed * 1_000_003 + epoch + team.rank * 2**40)
        lengths = train.ids.lengths
        order = shuffled(
            lengths, self.batch_size, seed=self.seed, epoch=epoch, max_batch_tokens=self.max_batch_tokens
        )
        progress = TrainingProgress(epoch, self.epochs, len(train), self.device)
        loss_of = SummedLoss(self.class_weights, self.label_smoothing, self.device)
        model.train()
        for step, rows in enumerate(order, (epoch - 1) * len(order)):
            factor = learning_rate_factor(self.schedule, step, self.epochs * len(order), self.warmup_fraction)
            self._backward(model, train, rows, team, loss_of, progress)
            progress.learning_rate = self.learning_rate * factor
            updates.step(progress.learning_rate, self.max_grad_norm)
            progress.texts += len(rows)
            if self.progress is not None and not team.rank:
                self.progress(progress)
        progress.gather(team)
        return progress

    def _backward(
        self,
        model: Classifier,
        train: Rows,
        rows: NDArray[np.int64],
        team: Team,
        loss_of: SummedLoss,
        progress: TrainingProgress,
    ) -> None:
        """Leave the gradients of this worker's share in the mean loss of some rows."""
        mine = team.share_of(rows)
        if not len(mine):
            return
        weight = loss_of.weight_of(train.labels[rows])
        batch, labels = train.batch(mine, self.device)
        try:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
                logits = model(batch)  # (B, C)
            loss = loss_of(logits, labels) / weight
            if self.device.type == "cpu" and not loss.isfinite():  # elsewhere every look is a wait
                raise self._diverged(f"the training loss became {loss:g}", progress.epoch)
            loss.backward()  # type: ignore[no-untyped-call]
        except torch.cuda.OutOfMemoryError:
            raise ConfigError(
                f"{self.device} lacks the memory for a batch of {len(mine)} texts, {batch.ids.numel():,} ids",
                location="trainer.batch_size",
                hint="lower trainer.batch_size, or bound the ids of a batch with trainer.max_batch_tokens",
            ) from None
        progress.add(loss * len(rows), logits, labels)
        progress.count(batch, train.ids.lengths[mine])

    def _check(self, model: Classifier, progress: TrainingProgress, epoch: int) -> None:
        if not np.isfinite(progress.loss):
            raise self._diverged(f"the training loss became {progress.loss:g}", epoch)
        ends = [torch.stack(torch.aminmax(each.detach())) for each in model.parameters() if each.numel()]
        if not torch.cat(ends).isfinite().all():
            raise self._diverged("a weight is no longer a finite number", epoch)

    def _diverged(self, what: str, epoch: int) -> ConfigError:
        kept = f"; epoch {epoch - 1} was the last good one" if epoch > 1 else ""
        return ConfigError(
            f"{what} in epoch {epoch}{kept}",
            hint=f"lower trainer.learning_rate ({self.learning_rate:g}) or set trainer.max_grad_norm = 1.0",
        )

    def _scores(self, model: Classifier, valid: Rows) -> dict[str, float]:
        if not len(valid):
            return {}
        return self.score(valid.labels, probabilities(model, valid.ids, valid.collate, workers=self.workers))

    def _next_state(
        self,
        model: Classifier,
        updates: Updates,
        epoch: int,
        scores: dict[str, float],
        before: TrainerState | None,
    ) -> TrainerState:
        weights = on_cpu(dict(model.state_dict()))
        score = scores.get(self.monitor, float(epoch))  # without validation the last epoch is best
        better = before is None or (
            score > before.best_score if self.higher_is_better or not scores else score < before.best_score
        )
        return TrainerState(
            epoch=epoch,
            model=weights,
            optimizer=on_cpu(updates.state_dict()),
            best_epoch=epoch if before is None or better else before.best_epoch,
            best_score=score if before is None or better else before.best_score,
            best_model=weights if before is None or better else before.best_model,
        )

    def _out_of_patience(self, state: TrainerState) -> bool:
        return self.patience is not None and state.epoch - state.best_epoch >= self.patience


def on_cpu(value: Any) -> Any:
    """A copy of nested dicts, lists and tuples in which every tensor is on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: on_cpu(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(on_cpu(item) for item in value)
    return value
