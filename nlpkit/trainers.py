"""Trainers: ways to fit a classifier."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nlpkit.components import Trainer, number, refuse, whole
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.metrics import METRICS, scores, unknown_metrics

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from nlpkit.nn.classifier import Classifier
    from nlpkit.nn.progress import TrainingProgress
    from nlpkit.nn.rows import Rows
    from nlpkit.nn.training import EpochReport, TrainerState
    from nlpkit.vocab import Labels

Optimizer = Literal["adam", "adamw", "adagrad", "sgd"]
Schedule = Literal["constant", "linear", "cosine"]


@dataclass(frozen=True)
class Standard(Trainer):
    """Gradient descent over shuffled batches of texts of similar length; the best epoch is kept.

    batch_size: texts in a batch
    epochs: times each text is seen, at the most
    learning_rate: step size of the optimizer, at its highest
    optimizer: adam (Kingma and Ba, 2015), adamw (Loshchilov and Hutter, 2019), adagrad (Duchi et al., 2011),
        which suits token vectors at a high learning rate, or sgd
    weight_decay: pull of the weights towards zero
    momentum: share of the last step kept in the next one; sgd only
    schedule: how the learning rate goes on after the warm-up
    warmup_fraction: share of all steps over which the learning rate climbs from zero
    max_grad_norm: longest gradient, all weights together; a longer one is scaled down
    embedding_updates: rows moves the token vectors that a batch used, dense all of them at every step; auto
        does rows on the CPU and dense on a GPU, where looking for the rows would make it wait
    workers: processes that share each batch, one core each, on the CPU
    max_batch_tokens: most ids in a batch, padding included; batches of long texts get smaller than batch_size
    precision: bfloat16 computes the network in half the bits, where the device is faster so
    class_weights: none, balanced (all classes weigh the same in all), or a table of weights by class name
    label_smoothing: probability taken from the true class and spread over all (Szegedy et al., 2016)
    monitor: the validation score that tells the best epoch
    patience: epochs without a better score before training stops; none trains all of them
    device: where to compute; auto takes a GPU where there is one
    """

    batch_size: int = 64
    epochs: int = 10
    learning_rate: float = 1e-3
    optimizer: Optimizer = "adam"
    weight_decay: float = 0.0
    momentum: float = 0.0
    schedule: Schedule = "constant"
    warmup_fraction: float = 0.0
    max_grad_norm: float | None = None
    embedding_updates: Literal["auto", "rows", "dense"] = "auto"
    workers: int = 1
    max_batch_tokens: int | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"
    label_smoothing: float = 0.0
    monitor: str = "accuracy"
    patience: int | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        refuse(
            whole(1, 1_000_000, batch_size=self.batch_size, epochs=self.epochs, patience=self.patience),
            number(0, 1000, learning_rate=self.learning_rate, weight_decay=self.weight_decay),
            number(0, 1, momentum=self.momentum, warmup_fraction=self.warmup_fraction),
            number(0, 1, label_smoothing=self.label_smoothing),
            number(0, max_grad_norm=self.max_grad_norm),
            whole(1, 1024, workers=self.workers),
            whole(1, 2**31 - 1, max_batch_tokens=self.max_batch_tokens),
            unknown_metrics(monitor=self.monitor),
            _bad_weights(self.class_weights),
        )

    def build(
        self, labels: Labels, seed: int, progress: Callable[[TrainingProgress], None] | None = None
    ) -> Callable[[Classifier, Rows, Rows, TrainerState | None], Iterator[EpochReport]]:
        from nlpkit.nn.training import Loop

        monitored = tuple(dict.fromkeys(("accuracy", "log_loss", self.monitor)))

        def score(gold: NDArray[np.int64], found: NDArray[np.float64]) -> dict[str, float]:
            scored = scores(monitored, gold, found)
            if math.isnan(scored.values[self.monitor]):
                raise ConfigError(
                    next(note for note in scored.notes if note.startswith(f"{self.monitor} is not")),
                    location="trainer.monitor",
                    hint="the best epoch cannot be told by it: choose another score, such as accuracy",
                )
            return scored.values

        def train(
            model: Classifier, train: Rows, valid: Rows, state: TrainerState | None = None
        ) -> Iterator[EpochReport]:
            device = _device(self.device)
            if self.workers > 1 and device.type != "cpu":
                raise ConfigError(
                    f"{self.workers} workers cannot share {device}",
                    location="trainer.workers",
                    hint='set trainer.workers = 1, or trainer.device = "cpu"',
                )
            if self.precision == "bfloat16" and device.type == "cpu":
                raise ConfigError(
                    "bfloat16 is for a GPU, and this trains on the CPU",
                    location="trainer.precision",
                    hint='set trainer.precision = "float32"',
                )
            loop = Loop(
                seed=seed,
                batch_size=self.batch_size,
                epochs=self.epochs,
                learning_rate=self.learning_rate,
                optimizer=self.optimizer,
                weight_decay=self.weight_decay,
                momentum=self.momentum,
                schedule=self.schedule,
                warmup_fraction=self.warmup_fraction,
                max_grad_norm=self.max_grad_norm,
                rowwise=self.embedding_updates == "rows"
                or (self.embedding_updates == "auto" and device.type == "cpu"),
                workers=self.workers,
                max_batch_tokens=self.max_batch_tokens,
                precision=self.precision,
                label_smoothing=self.label_smoothing,
                patience=self.patience,
                device=device,
                class_weights=self._weights(labels, train.labels),
                score=score,
                monitor=self.monitor,
                higher_is_better=METRICS[self.monitor].higher_is_better,
                progress=progress,
            )
            yield from loop(model, train, valid, state)

        return train

    def _weights(self, labels: Labels, gold: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """Float64 (C,): one weight a class, or none where all weigh 1."""
        import numpy as np

        if self.class_weights == "none":
            return None
        if self.class_weights == "balanced":  # scikit-learn's rule: rows / (classes * rows of the class)
            counts = np.bincount(gold, minlength=len(labels))
            return len(gold) / (len(labels) * np.maximum(counts, 1))
        table = self.class_weights
        unknown = [name for name in table if name not in labels]
        if unknown:
            raise ConfigError(
                f"class_weights names {unknown[0]!r}, which is no class of the training texts; "
                f"{did_you_mean(unknown[0], labels.names)}",
                location="trainer.class_weights",
            )
        return np.array([table.get(name, 1.0) for name in labels.names])


def _bad_weights(weights: Literal["none", "balanced"] | dict[str, float]) -> dict[str, str]:
    table = weights if isinstance(weights, dict) else {}
    bad = next((name for name, weight in table.items() if number(0, weight=weight)), None)
    return {} if bad is None else {"class_weights": f"{bad!r} has no weight of 0 or more"}


def _device(name: str) -> torch.device:
    """The device of that name; the first GPU, else the CPU, for "auto"."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n", 1)[0]
        raise ConfigError(f"{name!r} cannot be used here: {reason}", location="trainer.device") from None
    return device
