"""Fitting the head of a classifier to what its encoder gives.

Axes: R rows, V features, C classes, K linear functions: C, or 1 for two classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax  # type: ignore[import-untyped]
from torch import nn

from nlpkit.errors import ConfigError
from nlpkit.metrics import scores
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.prediction import probabilities
from nlpkit.nn.rows import Rows
from nlpkit.nn.training import EpochReport, TrainerState, on_cpu
from nlpkit_sklearn.estimators import Found, Method
from nlpkit_sklearn.features import batches, features, seen
from nlpkit_sklearn.scaling import scale_of
from nlpkit_sklearn.tfidf import TfidfEncoder


@dataclass(frozen=True)
class Fitting:
    """The training loop of this plugin. `method` is told the class ids of the training rows, int64 (R,), and
    `scaled` says that what it finds are margins, which one factor makes logits on the validation rows.
    """

    method: Callable[[NDArray[np.int64]], Method]
    epochs: int
    scaled: bool

    def __call__(
        self, model: Classifier, train: Rows, valid: Rows, state: TrainerState | None = None
    ) -> Iterator[EpochReport]:
        """Fit the head of `model` in place, on the CPU; a `state` from an earlier report goes on from there,
        to the same bits. The encoder stays as it is, but for what a TfidfEncoder learns.

        When the iterator ends the model has the head of its epoch of best accuracy, or of the last one where
        there are no validation rows, and is in eval mode. A report's learning rate is 0: there is none.
        """
        _require_all_classes(train.labels, model.head.out_features)
        model.cpu()
        model.eval()
        if state is not None:
            model.load_state_dict(state.model)
        if state is None or state.epoch < self.epochs:
            for report in self._reports(model, train, valid, state):
                state = report.state
                yield report
        if state is not None:
            model.load_state_dict(state.best_model)

    def _reports(
        self, model: Classifier, train: Rows, valid: Rows, state: TrainerState | None
    ) -> Iterator[EpochReport]:
        started = time.perf_counter()
        if state is None and isinstance(model.encoder, TfidfEncoder):
            model.encoder.fit(batches(train))
        inputs, checked = features(model.encoder, train), features(model.encoder, valid)
        columns = seen(inputs)
        used = inputs if len(columns) == inputs.shape[1] else inputs[:, columns]
        method, found = self.method(train.labels), _found(state)
        for epoch in range(state.epoch + 1 if state else 1, self.epochs + 1):
            found = method(used, train.labels, epoch, found)
            weight, bias = _linear(found, columns, model.head)
            scale = scale_of(checked @ weight.T + bias, valid.labels) if self.scaled else 1.0
            _write(model.head, scale * weight, scale * bias)
            chances = log_softmax(scale * (inputs @ weight.T + bias), axis=1)  # (R, C)
            seconds = time.perf_counter() - started
            checks = _scores(model, valid)
            state = _next_state(model, found, scale, epoch, checks, state)
            yield EpochReport(
                epoch=epoch,
                epochs=self.epochs,
                texts=len(train),
                train_loss=-float(chances[np.arange(len(train)), train.labels].mean()),
                train_accuracy=float((chances.argmax(axis=1) == train.labels).mean()),
                learning_rate=0.0,
                train_seconds=seconds,
                texts_per_second=len(train) / max(seconds, 1e-9),
                valid=checks,
                best=state.best_epoch == epoch,
                state=state,
                notes=found.notes,
            )
            started = time.perf_counter()


def _require_all_classes(gold: NDArray[np.int64], classes: int) -> None:
    if classes < 2:
        raise ConfigError("scikit-learn tells two classes or more apart, and there is 1", location="trainer")
    absent = np.flatnonzero(np.bincount(gold, minlength=classes) == 0)
    if len(absent):
        raise ConfigError(f"no training text is of class {absent[0]}", location="trainer")


def _linear(
    found: Found, columns: NDArray[np.int64], head: nn.Linear
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (C, V) and biases (C,) of all features; 0 where no training row has the feature, and for the
    first of two classes, of which scikit-learn has the second one's alone.
    """
    weight, bias = np.zeros((head.out_features, head.in_features)), np.zeros(head.out_features)
    first = head.out_features - len(found.coefficients)
    weight[first:, columns] = found.coefficients
    bias[first:] = found.intercepts
    return weight, bias


def _write(head: nn.Linear, weight: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))


def _scores(model: Classifier, valid: Rows) -> dict[str, float]:
    if not len(valid):
        return {}
    found = probabilities(model, valid.ids, valid.collate)
    return scores(("accuracy", "log_loss"), valid.labels, found).values


def _next_state(
    model: Classifier,
    found: Found,
    scale: float,
    epoch: int,
    valid: dict[str, float],
    before: TrainerState | None,
) -> TrainerState:
    weights = on_cpu(dict(model.state_dict()))
    score = valid.get("accuracy", float(epoch))  # without validation the last epoch is best
    better = before is None or score > before.best_score
    return TrainerState(
        epoch=epoch,
        model=weights,
        optimizer={
            "coefficients": torch.tensor(found.coefficients),
            "intercepts": torch.tensor(found.intercepts),
            "rows_read": found.rows_read,
            "scale": scale,
        },
        best_epoch=epoch if before is None or better else before.best_epoch,
        best_score=score if before is None or better else before.best_score,
        best_model=weights if before is None or better else before.best_model,
    )


def _found(state: TrainerState | None) -> Found | None:
    if state is None:
        return None
    kept = state.optimizer
    return Found(kept["coefficients"].numpy(), kept["intercepts"].numpy(), kept["rows_read"])
