"""A simpler model that a run is held against, on the same test rows.

Axes: R rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nlpkit.scoring.intervals import Interval, share_interval
from nlpkit.scoring.paired import paired

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Baseline:
    """The class ids (R,) that a linear model gives the test texts, and which model that is; none where it
    is `left_out`, for that reason.
    """

    model: str = ""
    predicted: Ids | None = None
    left_out: str = ""
    itself: bool = False  # the run is that model

    def table(self, gold: Ids, predicted: Ids, groups: Sequence[str]) -> dict[str, Any]:
        """What `scores.json` says of it, beside the class ids `predicted` by the run."""
        if self.predicted is None:
            return {"left_out": self.left_out}
        right = self.predicted == gold
        found = {"model": self.model, "accuracy": float(right.mean()), **_ends(share_interval(right, groups))}
        if self.itself:
            return found
        above = paired(predicted == gold, right, groups)
        return {**found, "above": {"accuracy": above.difference, **_ends(above.interval)}}


def _ends(interval: Interval) -> dict[str, Any]:
    return {"interval": [interval.low, interval.high] if interval else None}
