"""Which components know what to do with any number of labels a text, and which with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from nlpkit.components.kinds import Trainer
from nlpkit.scoring.metric import Metric, name_of
from nlpkit.scoring.scorers import MANY, METRICS

ONE_LABEL_METRICS: Final = ("accuracy", "f1_macro", "log_loss")
MULTI_LABEL_METRICS: Final = ("f1_micro", "f1_macro", "log_loss")
_ONE: Final = "is for one label a text, and these texts have any number"


def label_problems(
    metrics: Sequence[str | Metric], trainers: Mapping[str, Trainer], *, multi_label: bool
) -> dict[str, str]:
    """What is for other labels, by its place, with the reason; `trainers` are by their places."""
    found = {} if metrics == ONE_LABEL_METRICS else dict(_metrics("metrics", metrics, multi_label))
    for place, trainer in trainers.items() if multi_label else ():
        found |= dict(_of_trainer(place, trainer))
    return found


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
            yield place, f"({name_of(metric)}) {_ONE}; use f1_micro, f1_macro or log_loss"
        elif not multi_label and name in METRICS and METRICS[name].several:
            yield place, f"({name}) is for texts with any number of labels, and these have one each"
