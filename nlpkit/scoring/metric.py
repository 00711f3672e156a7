"""A metric: rows that were scored to one number.

Axes: R rows, C classes.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.scoring.scorers import METRICS
from nlpkit.settings.component import Component
from nlpkit.settings.given import given

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.vocab import Gold, Labels


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """What a metric reads: gold ids, int64 (R,), probabilities, float64 (R, C), the ids that `decision` makes
    of them, int64 (R,), and the names of the C classes.

    A negative gold id is a label that training never saw; each such label has an id of its own.

    Where a text has any number of labels, gold and predicted are bool (R, C + U): the classes, and behind
    them U labels that training never saw, which are never predicted.
    """

    gold: Gold
    probabilities: NDArray[np.float64]
    predicted: Gold
    classes: Sequence[str]
    decision: Decision = SINGLE_LABEL

    @classmethod
    def of(
        cls,
        gold: Gold,
        probabilities: NDArray[np.float64],
        decision: Decision = SINGLE_LABEL,
        labels: Labels | None = None,
    ) -> Self:
        """With the ids that the decision makes of probabilities; `labels` are the classes of the model."""
        names = labels.names if labels else [f"class {id}" for id in range(probabilities.shape[1])]
        predicted = decision.labels(probabilities)
        if decision.multi_label and gold.shape[1] > predicted.shape[1]:
            import numpy as np

            more = gold.shape[1] - predicted.shape[1]
            predicted = np.pad(predicted, ((0, 0), (0, more)))
        return cls(gold, probabilities, predicted, names, decision)

    def take(self, rows: NDArray[np.int64]) -> Self:
        """The rows of these indices."""
        gold, predicted = self.gold[rows], self.predicted[rows]
        return type(self)(gold, self.probabilities[rows], predicted, self.classes, self.decision)

    def __len__(self) -> int:
        return len(self.gold)


def of_gold(gold: NDArray[np.int64], values: NDArray[Any]) -> NDArray[Any]:
    """What values (R, C) have for the gold class of each row, (R,); 0 where it is none of the classes."""
    import numpy as np

    found: NDArray[Any] = values[np.arange(len(gold)), np.maximum(gold, 0)] * (gold >= 0)
    return found


class Metric(Component):
    """A score of rows. `build()` gives a function: `ScoredRows -> float`; it raises ValueError, with the
    reason, where the score is not defined. It is never given rows of none.

    `higher_is_better` says what the best epoch is, and no score is below `lowest` or above `highest`.
    `scikit_name` is that of the scikit-learn score that this is, if it is one. `multi_label` says that it
    also reads rows with any number of labels; else it is not defined for these.
    """

    kind = "metric"
    plain = METRICS.keys()

    higher_is_better: ClassVar[bool] = True
    lowest: ClassVar[float] = 0.0
    highest: ClassVar[float] = 1.0
    scikit_name: ClassVar[str] = ""
    multi_label: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """What its score is called, TopTwo `top_two`; override it where settings belong into the name."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()

    @abstractmethod
    def build(self) -> Callable[[ScoredRows], float]: ...


def name_of(metric: str | Metric) -> str:
    """What a score is called."""
    if isinstance(metric, str):
        return metric
    return given(metric.name, isinstance(metric.name, str), "a string", metric, "name")
