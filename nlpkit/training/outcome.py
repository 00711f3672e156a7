"""What is worth saying about a training when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np
from numpy.typing import NDArray

from nlpkit.notes import Note
from nlpkit.scoring.metric import name_of
from nlpkit.training.best import Best
from nlpkit.training.settings import LoopSettings
from nlpkit.training.state import EpochReport

# The loss of the last epoch over that of guessing
_STUCK, _WORSE, _FAR_OFF = 0.98, 1.1, 3.0
_RIGHT = 0.9  # a share of right answers that nobody calls nothing
_SMOOTH = 0.5  # with more, the loss of two classes hardly gets below that of guessing


def outcome(report: EpochReport, best: Best, guessing: float, settings: LoopSettings) -> Iterator[Note]:
    """Notes after the last epoch: that it was not to be the last one, and that little or no good was learned.

    `guessing` is the loss of the best guess.
    """
    if report.epoch < settings.epochs:
        stopped = f"stopped after epoch {report.epoch} of {settings.epochs}"
        kept = "whose weights are kept"
        if best.epoch != best.since:
            kept = f"and the weights of epoch {best.epoch} are kept, with a lower log loss"
        since = f"no better {name_of(settings.monitor)} since epoch {best.since}"
        yield Note(f"{stopped}: {since}, {kept} (trainer.patience)")
    loss = f"the training loss ended at {report.train_loss:.3g}, and that of guessing is {guessing:.3g}"
    if report.train_loss > _FAR_OFF * guessing + 1:
        yield Note(f"{loss}: the weights are far off; {gentler(settings)}", "loud")
    elif guessing and min(report.train_loss, report.valid.get("log_loss", inf)) >= _STUCK * guessing:
        if max(report.train_accuracy, report.valid.get("accuracy", 0.0)) > _RIGHT:
            return
        worse = report.train_loss > _WORSE * guessing
        yield Note(f"{loss}: next to nothing was learned; {gentler(settings) if worse else bolder(settings)}")


def gentler(settings: LoopSettings) -> str:
    """What to do about steps that are too long."""
    return f"lower trainer.learning_rate ({settings.learning_rate:g}) or set trainer.max_grad_norm = 1.0"


def bolder(settings: LoopSettings) -> str:
    """What to do about steps that are too short or too few, or labels that say next to nothing."""
    if settings.label_smoothing > _SMOOTH:
        return f"lower trainer.label_smoothing ({settings.label_smoothing:g})"
    return f"raise trainer.epochs ({settings.epochs}) or trainer.learning_rate ({settings.learning_rate:g})"


def guessing_loss(
    labels: NDArray[np.int64], class_weights: NDArray[np.float64] | None, label_smoothing: float
) -> float:
    """The loss of the probabilities that suit all texts alike best: ln C where classes are equally frequent.

    `labels` is int64 (R,), and `class_weights` float64 (C,) or none.

    >>> round(guessing_loss(np.array([0, 1, 2, 3]), None, 0.0), 4)
    1.3863
    """
    counts = np.bincount(labels, minlength=0 if class_weights is None else len(class_weights))
    weights = np.ones(len(counts)) if class_weights is None else class_weights
    smooth = (1 - label_smoothing) * counts + label_smoothing * len(labels) / len(counts)
    shares = (weights * smooth / (weights @ counts))[weights * smooth > 0]
    return float(shares @ np.log(shares.sum() / shares))
