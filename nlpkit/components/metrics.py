"""The metrics of scikit-learn as components: what a file has as a table where it does not have the name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import new_class
from typing import Any

from nlpkit.scoring.metric import Metric, ScoredRows
from nlpkit.scoring.metrics import METRICS, scores
from nlpkit.scoring.scorers import MANY


@dataclass(frozen=True)
class Scikit(Metric):
    """What all of them share."""

    lowest = -math.inf

    @property
    def name(self) -> str:
        return self.scikit_name

    def build(self) -> Callable[[ScoredRows], float]:
        return partial(_score, self.scikit_name)


def _score(name: str, rows: ScoredRows) -> float:
    scored = scores([name], rows.gold, rows.probabilities, rows.decision)
    if name in scored.undefined:
        raise ValueError(scored.undefined[name].partition(": ")[2])
    return scored.values[name]


def _of(name: str) -> type[Scikit]:
    """A settings class for one name."""
    scorer = METRICS[name]
    better = "higher" if scorer.higher_is_better else "lower"
    own: dict[str, Any] = {
        "__doc__": f"{scorer.function} of scikit-learn: {better} is better.",
        "__module__": __name__,
        "__dataclass_fields__": {},  # the decorator would take 20 ms for all of them
        "scikit_name": name,
        "multi_label": name in MANY,
        "higher_is_better": scorer.higher_is_better,
        "highest": scorer.highest if scorer.higher_is_better else math.inf,
    }
    stem = "".join(map(str.capitalize, name.split("_")))
    return new_class(stem, (Scikit,), exec_body=lambda namespace: namespace.update(own))


SCIKIT: dict[str, type[Scikit]] = {name: _of(name) for name in METRICS}
