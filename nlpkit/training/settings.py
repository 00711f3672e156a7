"""The settings of the training loop, free of torch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nlpkit.errors import ConfigError, NlpkitError, did_you_mean
from nlpkit.scoring.metric import Metric
from nlpkit.settings.checks import Settings
from nlpkit.settings.values import number, refuse, whole
from nlpkit.training.kinds import Optimizer, OptimizerName, Schedule, ScheduleName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.vocab import Gold, Labels

Precision = Literal["float32", "bfloat16"]
NO_ROWS_FOR_PATIENCE = (
    "patience waits for a better validation score, and there are no validation rows; "
    "have some, or leave patience out"
)
_DEVICE = re.compile(r"auto|(cpu|cuda|mps|xpu)(:\d{1,3})?")
_DEVICES = "auto, cpu, cuda, cuda:1, mps, xpu"
ClassWeights = Literal["none", "balanced"] | dict[str, float]
"""How much a text counts in the loss: "none" counts all texts alike, "balanced" gives all classes the same
weight in all, and a table has numbers above 0 by class name; a class that it does not name has 1.
Where a text has any number of labels, a weight is that of the texts that have the label, beside 1 for those
that have not, and "balanced" makes both weigh the same in all.
"""


@dataclass(frozen=True)
class LoopSettings(Settings):
    """What the training loop is told.

    batch_size: texts in a batch
    epochs: times each text is seen, at the most
    min_steps: steps to take at least: where the epochs have fewer, there are more of them, as a small corpus
        needs; patience does not stop before
    learning_rate: step size of the optimizer, at its highest
    embedding_learning_rate: the learning rate of embedding tables, if it is another one; two to five times as
        high often suits them, since most of their rows are seldom used
    optimizer: adam (Kingma and Ba, 2015), adamw (Loshchilov and Hutter, 2019), adagrad (Duchi et al., 2011),
        which suits token vectors at a high learning rate, or sgd
    weight_decay: pull of the weights towards zero
    momentum: share of the last step kept in the next one; sgd only
    schedule: how the learning rate goes on after the warm-up
    warmup_fraction: share of all steps over which the learning rate climbs from zero
    max_grad_norm: longest gradient, all weights together, above 0; a longer one is scaled down
    embedding_updates: rows moves the token vectors that a batch used, dense all of them at every step; auto
        does rows on the CPU and dense on a GPU, where looking for the rows would make it wait
    workers: processes that share each batch, one core each, on the CPU; a GPU that auto finds has one
    max_batch_tokens: most ids in a batch, padding included; batches of long texts get smaller than batch_size
    precision: bfloat16 computes the network in half the bits, where the device is faster so
    class_weights: none, balanced (all classes weigh the same in all), or a table of weights above 0 by class
        name
    average: what is validated and kept: none is the weights themselves, ema their exponential average over
        the steps, swa their mean over the ends of the last epochs (Izmailov et al., 2018)
    average_decay: what the ema keeps of itself at each step; it is renewed every ten steps, by as much
    average_start: share of the epochs that are over when the first one of the swa begins; two at least are
        in it, and from the second on averages alone are kept
    monitor: the validation score that tells the best epoch; where scores are too close for the number of
        validation rows, the log loss does. With log_loss, patience stops before the model is too sure
    patience: epochs without a better score before training stops, which takes validation rows; none trains
        all of them
    device: where to compute; auto takes a GPU where there is one
    """

    batch_size: int = 32
    epochs: int = 10
    min_steps: int | None = None
    learning_rate: float = 1e-2
    embedding_learning_rate: float | None = None
    optimizer: OptimizerName | Optimizer = "adam"
    weight_decay: float = 0.0
    momentum: float = 0.0
    schedule: ScheduleName | Schedule = "linear"
    warmup_fraction: float = 0.0
    max_grad_norm: float | None = None
    embedding_updates: Literal["auto", "rows", "dense"] = "auto"
    workers: int = 1
    max_batch_tokens: int | None = None
    precision: Precision = "float32"
    class_weights: ClassWeights = "none"
    average: Literal["none", "ema", "swa"] = "none"
    average_decay: float = 0.999
    average_start: float = 0.75
    monitor: str | Metric = "accuracy"
    patience: int | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        refuse(
            whole(1, 1_000_000, batch_size=self.batch_size, epochs=self.epochs, patience=self.patience),
            whole(1, 1_000_000, min_steps=self.min_steps),
            number(0, 1000, learning_rate=self.learning_rate, weight_decay=self.weight_decay),
            number(0, 1000, embedding_learning_rate=self.embedding_learning_rate),
            number(0, 1, momentum=self.momentum, warmup_fraction=self.warmup_fraction),
            number(0, 0.999999, average_decay=self.average_decay),
            number(0, 1, average_start=self.average_start),
            number(1e-9, max_grad_norm=self.max_grad_norm),
            whole(1, 1024, workers=self.workers),
            whole(1, 2**31 - 1, max_batch_tokens=self.max_batch_tokens),
            _set_twice(self.optimizer, weight_decay=self.weight_decay, momentum=self.momentum),
            {} if _DEVICE.fullmatch(self.device) else {"device": f"{self.device!r} is not one of {_DEVICES}"},
            bad_weights(self.class_weights),
        )

    @property
    def rate_of_tables(self) -> float:
        """The learning rate of the embedding tables, at its highest."""
        own = self.embedding_learning_rate
        return self.learning_rate if own is None else own

    @property
    def first_averaged_epoch(self) -> int:
        """The epoch, from 1, whose weights are the first of two or more in the average of "swa"."""
        over = int(round(self.average_start * self.epochs, 6))  # 100 * 0.29 is 28.999999999999996
        return 1 + max(0, min(over, self.epochs - 2))

    def bolder(self) -> str:
        """What to do about steps that are too short or too few, or labels that say next to nothing."""
        return f"raise trainer.epochs ({self.epochs}) or trainer.learning_rate ({self.learning_rate:g})"

    def problems_here(self) -> Iterator[NlpkitError]:
        """A device that this machine does not have, or that cannot do what else is asked for."""
        if self.device in ("auto", "cpu") and self.workers == 1 and self.precision == "float32":
            return  # without torch

        from nlpkit.training.devices import device_of

        try:
            device_of(self.device, workers=self.workers, precision=self.precision)
        except ConfigError as error:
            yield error


def _set_twice(optimizer: OptimizerName | Optimizer, **settings: float) -> dict[str, str]:
    """The problems of settings that are those of an optimizer by name, where it is a component."""
    said = "is a setting of adam, adamw, adagrad and sgd; that of another one is in trainer.optimizer"
    return {} if isinstance(optimizer, str) else {name: said for name, value in settings.items() if value}


def bad_weights(weights: ClassWeights) -> dict[str, str]:
    """The problem of a class weight that is 0 or next to it, by which the loss of a batch would be divided,
    or beyond what float32 holds.
    """
    table = weights if isinstance(weights, dict) else {}
    bad = [name for name, weight in table.items() if number(1e-9, 1e9, weight=weight)]
    told = [f"{name!r} weighs {table[name]:g}" for name in bad]
    return {"class_weights": f"{', '.join(told)}; a weight is a number from 1e-09 to 1e+09"} if told else {}


def weights_by_class(weights: ClassWeights, labels: Labels, gold: Gold) -> NDArray[np.float64] | None:
    """Float64 (C,): one weight a class, or none where all weigh 1. `gold` are the training labels, int64 (R,)
    or bool (R, C).

    ConfigError where a table names what is no class.
    """
    import numpy as np

    from nlpkit.scoring.multi_label import balanced_weights

    if weights == "none":
        return None
    if not isinstance(weights, dict):  # scikit-learn's rule: rows / (classes * rows of the class)
        if gold.ndim > 1:
            return balanced_weights(gold)
        counts = np.bincount(gold, minlength=len(labels))
        return len(gold) / (len(labels) * np.maximum(counts, 1))
    unknown = [name for name in weights if name not in labels]
    if unknown:
        raise ConfigError(
            f"class_weights names {unknown[0]!r}, which is no class of the training texts; "
            f"{did_you_mean(unknown[0], labels.names)}",
            location="trainer.class_weights",
        )
    return np.array([weights.get(name, 1.0) for name in labels.names])
