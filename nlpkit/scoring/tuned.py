"""What is chosen on the validation texts, so that labels are as good as somebody wants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlpkit.scoring.choices import NEVER
from nlpkit.scoring.decisions import Decision
from nlpkit.scoring.multi_label import tuned_thresholds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.scoring.settings import DecisionConfig
    from nlpkit.vocab import Gold

    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]


def tuned(decision: Decision, asked: DecisionConfig, gold: Gold, probabilities: Numbers) -> Decision:
    """The decision that does what is asked on gold ids (R,) and probabilities (R, C) of validation texts.
    Where these have any number of labels, gold bool (R, C), each has the threshold of its best F1.

    Negative ids are labels that training never saw. The temperature stays as it is.
    """
    if decision.multi_label:
        return replace(decision, thresholds=tuned_thresholds(probabilities, gold))
    if asked.goal == "likeliest" or not len(gold):
        return decision
    from nlpkit.scoring.levels import set_level
    from nlpkit.scoring.thresholds import thresholds_for

    decision = replace(decision, asked=asked)
    if asked.thresholds is not None:
        found = thresholds_for(asked.thresholds, gold, probabilities)
        return replace(decision, thresholds=tuple(found.tolist()))
    if asked.coverage is not None:
        return replace(decision, set_level=set_level(asked.coverage, gold, probabilities))
    return replace(decision, levels=_levels(decision, asked, gold, probabilities))


def _levels(
    decision: Decision, asked: DecisionConfig, gold: Ids, probabilities: Numbers
) -> tuple[float, ...]:
    """A level for each class where precision is asked for, and one for all where it is accuracy."""
    from nlpkit.scoring.levels import level_keeping

    labels = decision.labels(probabilities)
    right, sureness = labels == gold, probabilities.max(axis=1)

    def level(wanted: float, rows: NDArray[np.bool_]) -> float:
        found = level_keeping(wanted, right[rows], sureness[rows], asked.confidence)
        return NEVER if found is None else found

    if asked.precision is not None:
        return tuple(level(asked.precision, labels == each) for each in range(probabilities.shape[1]))
    return (level(asked.accuracy or 0.0, labels >= 0),)
