"""Trainers: ways to fit a classifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nlpkit.components import Trainer, number, refuse, whole
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.metrics import METRICS

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from nlpkit.nn.classifier import Classifier
    from nlpkit.nn.rows import Rows
    from nlpkit.nn.training import EpochReport, TrainerState, TrainingProgress
    from nlpkit.vocab import Labels


@dataclass(frozen=True)
class Standard(Trainer):
    """Gradient descent over shuffled batches of texts of similar length; the best epoch is kept.

    batch_size: texts in a batch
    epochs: times each text is seen, at the most
    learning_rate: step size of the optimizer, at its highest
    optimizer: adam (Kingma and Ba, 2015), adamw (Loshchilov and Hutter, 2019) or sgd
    weight_decay: pull of the weights towards zero
    momentum: share of the last step kept in the next one; sgd only
    schedule: how the learning rate goes on after the warm-up
    warmup_fraction: share of all steps over which the learning rate climbs from zero
    max_grad_norm: longest gradient, all weights together; a longer one is scaled down
    class_weights: none, balanced (all classes weigh the same in all), or a table of weights by class name
    label_smoothing: probability taken from the true class and spread over all (Szegedy et al., 2016)
    monitor: the validation score that tells the best epoch
    patience: epochs without a better score before training stops; none trains all of them
    device: where to compute; auto takes a GPU where there is one
    """

    batch_size: int = 64
    epochs: int = 10
    learning_rate: float = 1e-3
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    weight_decay: float = 0.0
    momentum: float = 0.0
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    warmup_fraction: float = 0.0
    max_grad_norm: float | None = None
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"
    label_smoothing: float = 0.0
    monitor: str = "accuracy"
    patience: int | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        weights = self.class_weights if isinstance(self.class_weights, dict) else {}
        bad_weights = [name for name, weight in weights.items() if number(0, weight=weight)]
        refuse(
            whole(1, 1_000_000, batch_size=self.batch_size, epochs=self.epochs, patience=self.patience),
            number(0, 1000, learning_rate=self.learning_rate, weight_decay=self.weight_decay),
            number(0, 1, momentum=self.momentum, warmup_fraction=self.warmup_fraction),
            number(0, 1, label_smoothing=self.label_smoothing),
            number(0, max_grad_norm=self.max_grad_norm),
            {"class_weights": f"{bad_weights[0]!r} has no weight of 0 or more"} if bad_weights else {},
            {}
            if self.monitor in METRICS
            else {"monitor": f"{self.monitor!r} is not a metric; {did_you_mean(self.monitor, METRICS)}"},
        )

    def build(
        self, labels: Labels, seed: int, progress: Callable[[TrainingProgress], None] | None = None
    ) -> Callable[[Classifier, Rows, Rows, TrainerState | None], Iterator[EpochReport]]:
        from nlpkit.metrics import scores
        from nlpkit.nn.training import Loop

        monitored = tuple(dict.fromkeys(("accuracy", "log_loss", self.monitor)))

        def train(
            model: Classifier, train: Rows, valid: Rows, state: TrainerState | None = None
        ) -> Iterator[EpochReport]:
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
                label_smoothing=self.label_smoothing,
                patience=self.patience,
                device=_device(self.device),
                class_weights=self._weights(labels, train.labels),
                score=lambda gold, found: scores(monitored, gold, found).values,
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
        table = dict(self.class_weights)
        unknown = [name for name in table if name not in labels]
        if unknown:
            raise ConfigError(
                f"class_weights names {unknown[0]!r}, which is no class of the training texts; "
                f"{did_you_mean(unknown[0], labels.names)}",
                location="trainer.class_weights",
            )
        return np.array([table.get(name, 1.0) for name in labels.names])


def _device(name: str) -> torch.device:
    """The device of that name; the first GPU, else the CPU, for "auto"."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{name!r} cannot be used here: {reason}", location="trainer.device") from None
    return device
