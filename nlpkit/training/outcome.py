"""What is worth saying about a training after its first epoch, and when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from nlpkit.notes import Note
from nlpkit.scoring.losses import TextsLoss
from nlpkit.scoring.metric import name_of
from nlpkit.system.terminal import counted
from nlpkit.training.best import Best
from nlpkit.training.settings import LoopSettings
from nlpkit.training.state import EpochReport
from nlpkit.vocab import Gold

# The loss of the last epoch over that of guessing
_STUCK, _WORSE, _FAR_OFF = 0.98, 1.1, 3.0
_RIGHT = 0.9  # a share of right answers that nobody calls nothing
_AHEAD = 0.5  # nor one half-way from that of guessing to all
_FEW_STEPS = 100  # after which a loss that still falls may be above that of guessing
_GUESSED = 2000  # texts whose loss is computed


class Guessing(NamedTuple):
    """The loss of the best guess, and the share of texts that the most frequent class is right for."""

    loss: float
    accuracy: float


def at_first(settings: LoopSettings, asked_epochs: int, texts: int, *, has_tables: bool) -> Iterator[Note]:
    """Notes after the first epoch: on what is other than the settings say."""
    if settings.epochs > asked_epochs:
        epochs = counted(settings.epochs, "epoch")
        steps = f"{settings.min_steps:,} steps take {epochs} of {counted(texts, 'text')}"
        yield Note(f"{steps}; there are as many, not {asked_epochs} (trainer.min_steps)")
    if settings.embedding_learning_rate is not None and not has_tables:
        yield Note("there is no embedding table that learns (trainer.embedding_learning_rate)")


def outcome(report: EpochReport, best: Best, guessing: Guessing, settings: LoopSettings) -> Iterator[Note]:
    """Notes after the last epoch: that it was not to be the last, that there was no average, that
    little or no good was learned.
    """
    if settings.average == "swa" and report.epoch <= settings.first_averaged_epoch:
        yield Note(
            f"there is no average of weights before epoch {settings.first_averaged_epoch + 1}; raise "
            f"trainer.epochs ({settings.epochs}) or lower trainer.average_start ({settings.average_start:g})"
        )
    if report.epoch < settings.epochs:
        stopped = f"stopped after epoch {report.epoch} of {settings.epochs}"
        kept = "whose weights are kept"
        if best.epoch != best.since:
            kept = f"and the weights of epoch {best.epoch} are kept, with a lower log loss"
        since = f"no better {name_of(settings.monitor)} since epoch {best.since}"
        yield Note(f"{stopped}: {since}, {kept} (trainer.patience)")
    loss = f"the training loss ended at {report.train_loss:.3g}, and that of guessing is {guessing.loss:.3g}"
    if report.train_loss > _FAR_OFF * guessing.loss + 1:
        yield Note(f"{loss}: the weights are far off; {gentler(settings)}", "loud")
    elif guessing.loss and _nothing_learned(report, guessing):
        steps = report.epoch * -(-report.texts // settings.batch_size)
        worse = report.train_loss > _WORSE * guessing.loss and steps >= _FEW_STEPS
        remedy = gentler(settings) if worse else settings.bolder()
        yield Note(f"{loss}: next to nothing was learned; {remedy}")


def _nothing_learned(report: EpochReport, guessing: Guessing) -> bool:
    right = max(report.train_accuracy, report.valid.get("accuracy", 0.0))
    if right > min(_RIGHT, guessing.accuracy + _AHEAD * (1 - guessing.accuracy)):
        return False
    return min(report.train_loss, report.valid.get("log_loss", inf)) >= _STUCK * guessing.loss


def gentler(settings: LoopSettings) -> str:
    """What to do about steps that are too long."""
    return f"lower trainer.learning_rate ({settings.learning_rate:g}) or set trainer.max_grad_norm = 1.0"


def guessing_of(gold: Gold, class_weights: NDArray[np.float64] | None, summed: TextsLoss) -> Guessing:
    """What guessing comes to for labels int64 (R,), or bool (R, C)."""
    if gold.ndim == 1:
        loss = guessing_loss(gold, class_weights, summed)
        return Guessing(loss, float(np.bincount(gold).max() / len(gold)))
    _, counts = np.unique(gold, axis=0, return_counts=True)
    return Guessing(guessing_loss_of_sets(gold, class_weights, summed), float(counts.max() / len(gold)))


def guessing_loss_of_sets(
    labels: NDArray[np.bool_], class_weights: NDArray[np.float64] | None, summed: TextsLoss
) -> float:
    """The same for any number of labels a text, bool (R, C): each label as likely as it is frequent.

    >>> from nlpkit.scoring.multi_label import summed_binary
    >>> round(guessing_loss_of_sets(np.array([[True], [False]]), None, summed_binary()), 4)
    0.6931
    """
    some = labels[:: 1 + len(labels) // _GUESSED]
    share = some.mean(axis=0)
    has = share * (1 if class_weights is None else class_weights)
    likely = np.clip(has / (has + 1 - share), 1e-6, 1 - 1e-6)  # (C,)
    gold, losses = torch.from_numpy(some), []
    for less in np.linspace(0, 1, 21):
        smooth = (1 - less) * likely + less / 2
        logits = np.log(likely / (1 - likely))
        for each in (np.log(smooth / (1 - smooth)), (1 - less) * logits):
            told = torch.from_numpy(each).float().expand(len(some), -1)
            losses.append(float(summed(told, gold)))
    return min(losses) / len(some)


def guessing_loss(
    labels: NDArray[np.int64], class_weights: NDArray[np.float64] | None, summed: TextsLoss
) -> float:
    """The loss of the probabilities that suit all texts alike best: ln C where classes are equally frequent.

    `labels` is int64 (R,), and `class_weights` float64 (C,) or none. Losses differ in how
    sure a guess should be: of several guesses it is the best one's.

    >>> from nlpkit.scoring.losses import summed_cross_entropy
    >>> round(guessing_loss(np.array([0, 1, 2, 3]), None, summed_cross_entropy()), 4)
    1.3863
    """
    some = np.sort(labels)[:: 1 + len(labels) // _GUESSED]  # classes as frequent as in all
    counts = np.bincount(some, minlength=0 if class_weights is None else len(class_weights))
    weights = np.ones(len(counts)) if class_weights is None else class_weights
    gold = torch.from_numpy(some)
    losses = []
    for less in np.linspace(0, 1, 21):
        smooth = weights * ((1 - less) * counts + less * len(some) / len(counts))
        for shares in (smooth, (weights * counts) ** (1 - less)):  # where labels are smoothed; of focal loss
            logits = torch.from_numpy(shares / shares.sum()).float().clamp(min=1e-30).log()  # (C,)
            losses.append(float(summed(logits.expand(len(some), -1), gold)))
    return min(losses) / float(weights @ counts)
