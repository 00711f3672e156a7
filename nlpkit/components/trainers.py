"""Trainers: ways to fit a classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from nlpkit.components.kinds import Loss, Step, Trainer
from nlpkit.components.losses import CrossEntropy
from nlpkit.errors import ConfigError
from nlpkit.scoring.metric import Metric, name_of
from nlpkit.scoring.metrics import higher_is_better, highest, scores, why_undefined
from nlpkit.settings.given import given_function
from nlpkit.training.settings import NO_ROWS_FOR_PATIENCE, LoopSettings, weights_by_class

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.nn.classifier import Classifier
    from nlpkit.scoring.decisions import Decision
    from nlpkit.scoring.losses import LossOf
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.rows import Rows
    from nlpkit.training.state import Train, TrainerState, Training
    from nlpkit.vocab import Labels


_SMOOTH = 0.5  # with more, the loss of two classes hardly gets below that of guessing


@dataclass(frozen=True)
class Standard(LoopSettings, Trainer):
    """Gradient descent over shuffled batches of texts of similar length; the best epoch is kept.

    loss: what is minimised
    steps: what is done around each pass of a batch, the first one outermost
    """

    moved: ClassVar[Mapping[str, str]] = {
        "label_smoothing": "now a setting of the loss: "
        'loss = { type = "cross_entropy", label_smoothing = 0.1 }'
    }

    multi_label = True
    weighted = True
    incremental = True
    distributed = True

    loss: Loss = field(default_factory=CrossEntropy)
    steps: tuple[Step, ...] = ()

    def bolder(self) -> str:
        smoothing = getattr(self.loss, "label_smoothing", 0.0)
        if smoothing > _SMOOTH:
            return f"lower trainer.loss.label_smoothing ({smoothing:g})"
        return super().bolder()

    def build(
        self, labels: Labels, seed: int, progress: Callable[[TrainingProgress], None] | None = None
    ) -> Train:
        return partial(_train, self, labels, seed, progress)


def _train(
    settings: Standard,
    labels: Labels,
    seed: int,
    progress: Callable[[TrainingProgress], None] | None,
    model: Classifier,
    train: Rows,
    valid: Rows,
    state: TrainerState | None = None,
) -> Training:
    from nlpkit.training.best import exact, standard_error
    from nlpkit.training.loop import Loop

    _check_validation(settings, labels, valid.labels)
    monitor = settings.monitor
    a_share = higher_is_better(monitor) and highest(monitor) == 1
    return Loop(
        model,
        train,
        valid,
        state,
        settings=settings,
        seed=seed,
        score=partial(_score, monitor, labels, valid.decision),
        higher_is_better=higher_is_better(monitor),
        noise=partial(standard_error, rows=len(valid)) if a_share else exact,
        class_weights=weights_by_class(settings.class_weights, labels, train.labels),
        loss=_loss_of(settings.loss, train.decision),
        steps=[given_function(step.build(), step) for step in settings.steps],
        progress=progress,
    )


def _loss_of(loss: Loss, decision: Decision) -> LossOf:
    build = loss.build_multi_label if decision.multi_label else loss.build
    return lambda class_weights: given_function(build(class_weights), loss)


def _check_validation(settings: Standard, labels: Labels, gold: NDArray[np.int64]) -> None:
    """ConfigError where validation rows of labels `gold` can tell no best epoch, before any is trained."""
    if not len(gold) and settings.patience is not None:
        raise ConfigError(NO_ROWS_FOR_PATIENCE, location="trainer.patience")
    if len(gold):
        _require_defined(why_undefined(settings.monitor, gold, labels))


def _score(
    monitor: str | Metric,
    labels: Labels,
    decision: Decision,
    gold: NDArray[np.int64],
    found: NDArray[np.float64],
) -> dict[str, float]:
    """Accuracy, log loss and the monitored score of the validation rows."""
    scored = scores(("accuracy", "log_loss", monitor), gold, found, decision, labels)
    _require_defined(scored.undefined.get(name_of(monitor)))
    return scored.values


def _require_defined(problem: str | None) -> None:
    if problem:
        raise ConfigError(
            f"the validation score {problem}",
            location="trainer.monitor",
            hint="the best epoch cannot be told by it: choose another score, such as accuracy",
        )
