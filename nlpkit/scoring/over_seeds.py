"""The scores of one experiment under several seeds: their mean, and how far luck moves them.

Axes: N seeds.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from nlpkit.scoring.intervals import LEVEL


def over_seeds(scores: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Of each score its `mean`, the sample standard deviation `sd`, and the interval of the mean by Student's
    distribution (1908), from N seeds, two or more. Without one that is not defined for each of them.

    >>> found = over_seeds([{"accuracy": 0.90}, {"accuracy": 0.92}, {"accuracy": 0.94}])["accuracy"]
    >>> round(found["mean"], 4), round(found["sd"], 4), [round(end, 4) for end in found["interval"]]
    (0.92, 0.02, [0.8703, 0.9697])
    """
    names = [name for name in scores[0] if all(math.isfinite(each[name]) for each in scores)]
    return {name: _summary([each[name] for each in scores]) for name in names}


def _summary(values: Sequence[float]) -> dict[str, Any]:
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    mean, sd = statistics.fmean(values), statistics.stdev(values)
    half = float(stdtrit(len(values) - 1, (1 + LEVEL) / 2)) * sd / math.sqrt(len(values))
    return {"mean": mean, "sd": sd, "interval": [mean - half, mean + half]}
