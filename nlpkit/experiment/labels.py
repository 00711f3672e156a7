"""An experiment for texts with any number of labels, or with one."""

from __future__ import annotations

from dataclasses import replace

from nlpkit.components.label_tasks import MULTI_LABEL_METRICS, ONE_LABEL_METRICS
from nlpkit.errors import ConfigError
from nlpkit.experiment.value import Experiment, label_problems_of


def fitted_to_labels(experiment: Experiment, *, multi_label: bool) -> Experiment:
    """The experiment with the metrics that suit its labels, where it has the default ones. ConfigError where
    a component does not know what to do with them.
    """
    if problems := label_problems_of(experiment, multi_label=multi_label):
        told = [f"{place}: {said}" for place, said in problems.items()]
        raise ConfigError(
            f"the labels of these texts do not suit {', '.join(problems)}",
            problems=told,
            hint="; ".join(told),
        )
    changed = multi_label and experiment.metrics == ONE_LABEL_METRICS
    return replace(experiment, metrics=MULTI_LABEL_METRICS) if changed else experiment
