"""What an experiment needs for texts with any number of labels, or for texts with one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nlpkit.errors import ConfigError
from nlpkit.scoring.metric import Metric, name_of
from nlpkit.scoring.scorers import MANY, METRICS

if TYPE_CHECKING:
    from nlpkit.components.kinds import Trainer
    from nlpkit.experiment.value import Experiment

ONE_LABEL_METRICS: Final = ("accuracy", "f1_macro", "log_loss")
MULTI_LABEL_METRICS: Final = ("f1_micro", "f1_macro", "log_loss")
_ONE: Final = "is for one label a text, and these texts have any number"


def fitted_to_labels(experiment: Experiment, *, multi_label: bool) -> Experiment:
    """The experiment with the metrics that suit its labels, where it has the default ones. ConfigError where a
    component does not know what to do with them.
    """
    problems = dict(label_problems(experiment, multi_label=multi_label))
    if problems:
        raise ConfigError(
            f"the labels of these texts do not suit {', '.join(problems)}",
            problems=[f"{place} {said}" for place, said in problems.items()],
        )
    changed = multi_label and experiment.metrics == ONE_LABEL_METRICS
    return replace(experiment, metrics=MULTI_LABEL_METRICS) if changed else experiment


def label_problems(experiment: Experiment, *, multi_label: bool) -> Iterator[tuple[str, str]]:
    """The settings that are for other labels, with the reason."""
    if experiment.metrics != ONE_LABEL_METRICS:
        yield from _metrics("metrics", experiment.metrics, multi_label)
    if not multi_label:
        return
    trainers = {"trainer": experiment.trainer} if experiment.encoder is not None else {}
    trainers |= {f"members[{n}].trainer": each.trainer for n, each in enumerate(experiment.members)}
    for place, trainer in trainers.items():
        yield from _of_trainer(place, trainer)


def _of_trainer(place: str, trainer: Trainer) -> Iterator[tuple[str, str]]:
    if not trainer.multi_label:
        yield place, f"({type(trainer).__name__}) {_ONE}; use standard or linear"
        return
    loss, monitor = getattr(trainer, "loss", None), getattr(trainer, "monitor", None)
    if getattr(loss, "multi_label", True) is False:
        yield f"{place}.loss", f"({type(loss).__name__}) {_ONE}; use cross_entropy or focal"
    for step in getattr(trainer, "steps", ()):
        if not step.multi_label:
            yield f"{place}.steps", f"({type(step).__name__}) {_ONE}; leave it out"
    if monitor is not None:
        yield from _metrics(f"{place}.monitor", [monitor], multi_label=True)


def _metrics(place: str, metrics: Sequence[str | Metric], multi_label: bool) -> Iterator[tuple[str, str]]:
    for metric in metrics:
        name = metric if isinstance(metric, str) else metric.scikit_name
        one = name not in MANY if name else not (isinstance(metric, Metric) and metric.multi_label)
        if multi_label and one:
            yield place, f"({name_of(metric)}) {_ONE}; use f1_micro, f1_macro or {'log_loss'}"
        elif not multi_label and name in METRICS and METRICS[name].several:
            yield place, f"({name}) is for texts with any number of labels, and these have one each"
