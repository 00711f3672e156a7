"""A simpler model that a run is held against, on the same test rows.

Axes: R rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nlpkit.scoring.intervals import share_interval
from nlpkit.scoring.paired import paired, paired_sets

if TYPE_CHECKING:
    from nlpkit.vocab import Gold


@dataclass(frozen=True, eq=False)
class Baseline:
    """The class ids (R,), or labels bool (R, C), that a linear model gives the test texts, and which model
    that is; none where it is `left_out`, for that reason.
    """

    model: str = ""
    predicted: Gold | None = field(default=None, repr=False)
    left_out: str = ""
    itself: bool = False  # the run is that model

    def table(self, gold: Gold, predicted: Gold, groups: Sequence[str]) -> dict[str, Any]:
        """What `scores.json` says of it, beside the class ids `predicted` by the run."""
        if self.predicted is None:
            return {"left_out": self.left_out}
        if gold.ndim > 1:
            return self._table_of_sets(self.predicted, gold, predicted, groups)
        right = self.predicted == gold
        interval = share_interval(right, groups).ends
        found = {"model": self.model, "accuracy": float(right.mean()), "interval": interval}
        if self.itself:
            return found
        above = paired(predicted == gold, right, groups)
        return {**found, "above": {"accuracy": above.difference, "interval": above.interval.ends}}

    def _table_of_sets(
        self, mine: Gold, gold: Gold, predicted: Gold, groups: Sequence[str]
    ) -> dict[str, Any]:
        """The same of micro F1, for any number of labels."""
        import numpy as np

        nothing = np.zeros_like(gold)  # against which the difference is the F1 itself
        alone = paired_sets(gold, mine, nothing, groups)
        found = {
            "model": self.model,
            "metric": "f1_micro",
            "f1_micro": alone.difference,
            "interval": alone.interval.ends,
        }
        if self.itself:
            return found
        above = paired_sets(gold, predicted, mine, groups)
        return {**found, "above": {"f1_micro": above.difference, "interval": above.interval.ends}}
