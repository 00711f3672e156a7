"""Fitting the head of a classifier to what its encoder gives.

Axes: R rows, V features, C classes, K linear functions: C, or 1 for two classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nlpkit.errors import ConfigError
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.tfidf import TfidfEncoder
from nlpkit.scoring.metrics import scores
from nlpkit.training.best import Best
from nlpkit.training.linear.estimators import Found, Method
from nlpkit.training.linear.features import batches, features, seen
from nlpkit.training.rows import Rows
from nlpkit.training.state import EpochReport, TrainerState
from nlpkit.vocab import Gold


class Fitting:
    """The training of a linear model: the head of `model` is fitted in place, on the CPU. `method` is told
    the labels of the training rows, int64 (R,) or bool (R, C).

    The encoder stays as it is, but for what a TfidfEncoder learns. The epoch of best accuracy is kept. The
    learning rate of a report is 0: there is none.
    """

    def __init__(
        self,
        model: Classifier,
        train: Rows,
        valid: Rows,
        state: TrainerState | None = None,
        *,
        method: Callable[[Gold], Method],
        epochs: int,
    ) -> None:
        _require_all_classes(train.labels, model.head.out_features)
        model.cpu()
        model.eval()
        if state is not None:
            model.load_state_dict(state.model)
        self.model, self.train, self.valid = model, train, valid
        self.epochs = epochs
        self._method = method(train.labels)
        self._found = _found(state)
        self._done = state.epoch if state else 0
        self._best = Best(model, state)

    def __iter__(self) -> Iterator[EpochReport]:
        if self._done < self.epochs:
            yield from self._reports()
        self._best.put_back()

    def state(self) -> TrainerState:
        if self._found is None:
            raise ValueError("there is no state before the first epoch")
        return self._best.state(
            {
                "coefficients": torch.tensor(self._found.coefficients),
                "intercepts": torch.tensor(self._found.intercepts),
                "rows_read": self._found.rows_read,
            }
        )

    def _reports(self) -> Iterator[EpochReport]:
        started = time.perf_counter()
        model, train, valid = self.model, self.train, self.valid
        if not self._done and isinstance(model.encoder, TfidfEncoder):
            model.encoder.fit(batches(train))
        inputs = features(model.encoder, train)
        columns = seen(inputs)
        _require_features(columns)
        gold = torch.from_numpy(train.labels)
        loss = train.decision.loss(None, 0.0, gold.device)
        weights = {} if train.weights is None else {"weights": train.weights}
        used = inputs if len(columns) == inputs.shape[1] else inputs[:, columns]
        for epoch in range(self._done + 1, self.epochs + 1):
            self._found = self._method(used, train.labels, epoch, self._found, **weights)
            weight, bias = _linear(self._found, columns, model.head)
            _write(model.head, weight, bias)
            logits = torch.from_numpy(inputs @ weight.T + bias)  # (R, C)
            seconds = time.perf_counter() - started
            checks = _scores(model, valid)
            self._done = epoch
            yield EpochReport(
                epoch=epoch,
                epochs=self.epochs,
                texts=len(train),
                train_loss=float(loss(logits, gold)) / len(train),
                train_accuracy=float(train.decision.right(logits, gold)) / len(train),
                learning_rate=0.0,
                train_seconds=seconds,
                texts_per_second=len(train) / max(seconds, 1e-9),
                valid=checks,
                best=self._best.offer(checks.get("accuracy"), checks.get("log_loss", 0.0)),
                notes=self._found.notes,
            )
            started = time.perf_counter()


def _require_all_classes(gold: Gold, classes: int) -> None:
    if gold.ndim > 1:  # a label of all texts, or of none, needs no solver
        return
    if classes < 2:
        raise ConfigError("scikit-learn tells two classes or more apart, and there is 1", location="trainer")
    absent = np.flatnonzero(np.bincount(gold, minlength=classes) == 0)
    if len(absent):
        raise ConfigError(f"no training text is of class {absent[0]}", location="trainer")


def _require_features(columns: NDArray[np.int64]) -> None:
    if not len(columns):
        raise ConfigError(
            "the encoder finds nothing in the training texts",
            location="encoder",
            hint="with tfidf, lower encoder.min_texts or vocab.min_count",
        )


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
    found = valid.probabilities(model)
    return scores(("accuracy", "log_loss"), valid.labels, found, valid.decision).values


def _found(state: TrainerState | None) -> Found | None:
    if state is None:
        return None
    kept = state.optimizer
    return Found(kept["coefficients"].numpy(), kept["intercepts"].numpy(), kept["rows_read"])
