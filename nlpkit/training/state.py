"""What a training tells of each epoch, and what it can go on from: plain data, free of torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from nlpkit.nn.classifier import Classifier
    from nlpkit.notes import Note
    from nlpkit.training.rows import Rows


@dataclass(frozen=True)
class EpochReport:
    """One epoch, done: numbers alone. Accuracies are from 0 to 1, `texts_per_second` counts training alone,
    `padding_fraction` is the share of the ids of all batches that is padding, `valid` has scores by name,
    and `notes` are for a person. `train_loss` is that of the classes, and `losses` has the encoder's own by
    name, each a mean over texts. `member` is the name of the classifier, in a run of several.
    """

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
    padding_fraction: float = 0.0
    notes: tuple[Note, ...] = ()
    losses: dict[str, float] = field(default_factory=dict)
    member: str = ""


@dataclass(frozen=True)
class TrainerState:
    """All that what is left of a training depends on: numbers, and tensors on the CPU that nobody else
    changes.

    `epoch` counts the epochs that are done, and `step` the steps of the one that has begun; `counted` has
    what each worker has counted in it, as JSON. `top_score` is the best score of any, and `best_since` the
    first one with it.
    `average` has averages of weights by parameter, and `average_count` says how often they were taken.
    """

    epoch: int
    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    best_epoch: int
    best_score: float
    best_model: dict[str, Tensor]
    best_log_loss: float = 0.0
    best_since: int = 0
    top_score: float = 0.0
    average: dict[str, Tensor] = field(default_factory=dict)
    average_count: int = 0
    step: int = 0
    counted: tuple[str, ...] = ()


class Training(Protocol):
    """The training of one model: iterate over it, and ask for its state between two reports."""

    def __iter__(self) -> Iterator[EpochReport]:
        """Train, and give a report after each epoch. At the end the model has the weights of the best epoch,
        or of the last one where there are no validation rows, and is in eval mode. They are the
        `best_model` of the last state: those that the epoch ended with, or an average in their place.
        """

    def state(self) -> TrainerState:
        """A copy of what the rest depends on, once there has been an epoch; or while the training tells of a
        step, with `step` above 0, if it can go on from there.
        """


Train = Callable[["Classifier", "Rows", "Rows", "TrainerState | None"], Training]
"""What a trainer builds: `(model, train, valid, state) -> Training`. A state goes on from where it was
asked for.
"""
