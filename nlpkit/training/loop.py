"""The training loop: an iterator of epoch reports.

Axes: B texts of a batch, C classes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.errors import ConfigError
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.memory import keep_freed
from nlpkit.nn.modes import draw_from, drawing, plain_modes
from nlpkit.nn.order import shuffled
from nlpkit.nn.prediction import NotNumbersError
from nlpkit.notes import Note
from nlpkit.scoring.decisions import SummedLoss
from nlpkit.scoring.losses import LossOf, summed_cross_entropy
from nlpkit.scoring.metric import name_of
from nlpkit.settings.given import given_function
from nlpkit.system.forking import cores
from nlpkit.system.terminal import counted
from nlpkit.training.average import Average
from nlpkit.training.best import Best, exact
from nlpkit.training.devices import device_of
from nlpkit.training.optimizers import learning_rate_factor
from nlpkit.training.outcome import at_first, gentler, guessing_of, outcome
from nlpkit.training.passes import Pass, Passed, StepFunction, stepped, weighed
from nlpkit.training.progress import TrainingProgress, check_counted
from nlpkit.training.rows import Rows
from nlpkit.training.settings import LoopSettings
from nlpkit.training.state import EpochReport, TrainerState
from nlpkit.training.team import joined
from nlpkit.training.updates import Updates, tables_of
from nlpkit.vocab import Gold

Score = Callable[[Gold, NDArray[np.float64]], dict[str, float]]


class Loop:
    """The training of one model, as `nlpkit.training.state.Training` says.

    `score` rates the validation rows, and `settings.monitor` names the score that decides which epoch is
    best, where differences within its `noise` say nothing; `class_weights` is float (C,) or none. `loss`
    builds the loss from such weights, and `steps` are around each pass, the first one outermost. A `state`
    goes on from where it was asked for, bit for bit.
    ConfigError where the loss or a weight is no longer a number: no report of such an epoch is given.
    """

    def __init__(
        self,
        model: Classifier,
        train: Rows,
        valid: Rows,
        state: TrainerState | None = None,
        *,
        settings: LoopSettings,
        seed: int,
        score: Score,
        higher_is_better: bool = True,
        noise: Callable[[float], float] = exact,
        class_weights: NDArray[np.float64] | None = None,
        loss: LossOf = summed_cross_entropy,
        steps: Sequence[StepFunction] = (),
        progress: Callable[[TrainingProgress], None] | None = None,
    ) -> None:
        self.model = model
        self.train = train
        self.valid = valid
        self.seed = seed
        self.score = score
        self.class_weights = class_weights
        self.loss = loss
        self.steps = steps
        self.progress = progress
        world = joined()
        workers, own = (1, world.local_rank) if world else (settings.workers, 0)
        self.device = device_of(settings.device, workers=workers, precision=settings.precision, own=own)
        self.idle_workers = workers > 1 and self.device.type != "cpu"
        settings = replace(settings, workers=1) if self.idle_workers else settings
        self._asked_epochs = settings.epochs
        self.settings = settings
        self._fewest_epochs = self._epochs_of_steps(settings.min_steps or 0)
        self.settings = settings = replace(settings, epochs=max(settings.epochs, self._fewest_epochs))
        self._loss = SummedLoss.of(loss, class_weights, self.device)
        given = settings.schedule
        self._schedule = given if isinstance(given, str) else given_function(given.build(), given)
        self._epochs_done = state.epoch if state else 0
        self._begun = state if state and state.step else None  # an epoch that is to be ended first
        self._steps_done = state.step if state else 0  # of the epoch that has begun
        check_counted(state.counted if state else ())
        keep_freed()
        with plain_modes():
            model.to(self.device)
            if state is not None:
                model.load_state_dict(state.model)
                if state.best_model.keys() != state.model.keys():
                    raise ValueError("the best weights are of another model")
            self._updates = Updates(model, settings, rowwise=self._rowwise())
            if state is not None:
                self._updates.load_state_dict(deepcopy(state.optimizer))
            self._average = Average(model, settings, state)
            apart = settings.average != "none"
            self._best = Best(model, state, higher_is_better=higher_is_better, noise=noise, apart=apart)

    def __iter__(self) -> Iterator[EpochReport]:
        """Train the epochs that are left, one before each report."""
        while not self._over():
            with plain_modes():
                report = self._next()
            yield report
        with plain_modes():
            self._best.put_back()

    def state(self) -> TrainerState:
        with plain_modes():
            average, steps = self._average, self._steps_done
            state = self._best.state(self._updates.state_dict(), moved=steps > 0)
            state = replace(state, average=average.weights(), average_count=average.count)
            return replace(state, step=steps, counted=tuple(self._updates.team.left()) if steps else ())

    def _next(self) -> EpochReport:
        epoch = self._epochs_done + 1
        started = time.perf_counter()
        with self._updates, drawing(self.seed):
            progress = self._updates.team.together(lambda: self._epoch(epoch))
        self._begun, self._steps_done = None, 0
        self._check(progress, epoch)
        seconds = progress.seconds_before + time.perf_counter() - started
        self._average.after_epoch(epoch)
        if self._average.begins(epoch):
            self._best.forget()
        with self._average.in_place():
            scores = self._updates.team.scores(lambda: self._scores(epoch))
            score = scores.get(name_of(self.settings.monitor))
            best = self._best.offer(score, scores.get("log_loss", math.nan))
        self._epochs_done = epoch
        report = EpochReport(
            epoch=epoch,
            epochs=self.settings.epochs,
            texts=progress.texts,
            train_loss=progress.loss,
            train_accuracy=progress.accuracy,
            learning_rate=progress.learning_rate,
            train_seconds=seconds,
            texts_per_second=progress.texts / max(seconds, 1e-9),
            padding_fraction=progress.padding_fraction,
            valid=scores,
            best=best,
            losses=progress.losses,
        )
        return replace(report, notes=(*self._at_first(epoch), *self._outcome(report)))

    def _at_first(self, epoch: int) -> Iterator[Note]:
        if epoch == 1:
            has_tables = bool(tables_of(self.model))
            yield from at_first(self.settings, self._asked_epochs, len(self.train), has_tables=has_tables)

    def _outcome(self, report: EpochReport) -> Iterator[Note]:
        if not self._over():
            return
        if self.idle_workers:
            yield Note(f"trainer.workers is for the CPU; {self.device} was used by one process")
        of_texts = SummedLoss.of(self.loss, self.class_weights, torch.device("cpu"))
        guessing = guessing_of(self.train.labels, self.class_weights, of_texts)
        yield from outcome(report, self._best, guessing, self.settings)

    def _epoch(self, epoch: int) -> TrainingProgress:
        """One epoch of one worker; what all of them have counted."""
        settings, team, model = self.settings, self._updates.team, self.model
        model.zero_grad()
        model.train()
        order = self._order(epoch)
        progress = TrainingProgress(epoch, settings.epochs, len(self.train), self.device)
        if self._begun:
            progress.load(self._begun.counted[team.rank :: team.size])
        for place in range(self._steps_done, len(order)):
            step, rows = (epoch - 1) * len(order) + place, order[place]
            factor = learning_rate_factor(
                self._schedule, step, settings.epochs * len(order), settings.warmup_fraction
            )
            draw_from(self.device, self.seed, epoch, place, team.rank)
            self._backward(rows, progress)
            progress.learning_rate = settings.learning_rate * factor
            progress.texts += len(rows)
            if self.progress is not None:
                team.leave(progress.dump)
            self._updates.step(factor)
            if not team.rank:
                self._average.after_step(step, len(order))
            self._steps_done = place + 1
            if self.progress is not None and not team.rank:
                self.progress(progress)
        progress.gather(team)
        return progress

    def _order(self, epoch: int) -> list[NDArray[np.int64]]:
        settings = self.settings
        return shuffled(
            self.train.ids.lengths,
            settings.batch_size,
            seed=self.seed,
            epoch=epoch,
            max_batch_tokens=settings.max_batch_tokens,
        )

    def _epochs_of_steps(self, steps: int) -> int:
        """How many epochs have so many steps, or more."""
        epochs = done = 0
        while done < steps and len(self.train):
            epochs += 1
            done += len(self._order(epochs))
        return epochs

    def _backward(self, rows: NDArray[np.int64], progress: TrainingProgress) -> None:
        """Leave the gradients of this worker's share in the mean loss of some rows."""
        mine = self._updates.team.share_of(rows)
        if not len(mine):
            return
        batch, labels = self.train.batch(mine, self.device)
        weights = None if self.train.weights is None else self.train.weights[mine]
        go = self._pass(len(rows) / self._loss.weight_of(self.train.labels[rows]), weights)
        try:
            passed = stepped(self.steps, go)(batch, labels)
            loss = passed.loss / len(rows)
            for own in passed.losses.values():
                loss = loss + own * (len(mine) / len(rows))
            if self.device.type == "cpu" and not math.isfinite(loss.item()):  # elsewhere every look is a wait
                raise self._diverged(f"the training loss became {loss:g}", progress.epoch)
            loss.backward()  # type: ignore[no-untyped-call]
        except torch.cuda.OutOfMemoryError:
            texts, ids = counted(len(mine), "text"), counted(batch.ids.numel(), "id")
            raise ConfigError(
                f"{self.device} lacks the memory for a batch of {texts}, {ids}",
                location="trainer.batch_size",
                hint="lower trainer.batch_size, or bound the ids of a batch with trainer.max_batch_tokens",
            ) from None
        with torch.no_grad():  # of the classes alone, whatever steps have added
            told = go.loss(passed.logits, labels) if self.steps else passed.loss
        right = self.train.decision.right(passed.logits, labels)
        progress.add(told, right, batch, self.train.ids.lengths_of(mine))
        progress.add_losses(passed.losses, len(mine))

    def _pass(self, scale: float, weights: NDArray[np.float64] | None) -> Pass:
        """The plain pass; `scale` makes 1 the average weight of a class; `weights` are those of texts."""
        half = self.settings.precision == "bfloat16"
        of_texts = self._loss if weights is None else weighed(self._loss, weights)

        def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
            loss = of_texts(logits, labels)
            return loss if scale == 1 else loss * scale

        def plain(batch: Batch, labels: Tensor) -> Passed:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
                logits, losses = self.model.with_losses(batch)  # (B, C)
            return Passed(loss_of(logits, labels), logits, losses)

        return Pass(self.model, loss_of, plain)

    def _check(self, progress: TrainingProgress, epoch: int) -> None:
        if not np.isfinite(progress.loss):
            raise self._diverged(f"the training loss became {progress.loss:g}", epoch)
        ends = [torch.stack(torch.aminmax(each.detach())) for each in self.model.parameters() if each.numel()]
        if not torch.cat(ends).isfinite().all():
            raise self._diverged("a weight is no longer a finite number", epoch)

    def _diverged(self, what: str, epoch: int) -> ConfigError:
        kept = f"; epoch {epoch - 1} was the last good one" if epoch > 1 else ""
        return ConfigError(f"{what} in epoch {epoch}{kept}", hint=gentler(self.settings))

    def _scores(self, epoch: int) -> dict[str, float]:
        if not len(self.valid):
            return {}
        try:
            found = self.valid.probabilities(self.model, workers=min(self.settings.workers, cores()))
        except NotNumbersError:
            raise self._diverged("the validation probabilities are no longer numbers", epoch) from None
        return self.score(self.valid.labels, found)

    def _over(self) -> bool:
        done, patience = self._epochs_done, self.settings.patience
        if patience is None or done < self._fewest_epochs:
            return done >= self.settings.epochs
        return done >= self.settings.epochs or done - self._best.since >= patience

    def _rowwise(self) -> bool:
        wanted = self.settings.embedding_updates
        return wanted == "rows" or (wanted == "auto" and self.device.type == "cpu")
