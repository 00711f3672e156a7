"""How far scores move with the luck of the test rows: 95 % intervals.

Percentiles of the scores of resamples of the rows, a little further out where rows are few (Hesterberg, 2015,
"What Teachers Should Know about the Bootstrap", the expanded percentile interval). A share of rows, such as
accuracy, has the interval of Wilson (1927) instead, where no rows belong together: near 1, and of few rows,
percentiles are too narrow (Brown, Cai and DasGupta, 2001, "Interval Estimation for a Binomial Proportion").
They are too narrow for scores of ranks near 1 as well, which have the normal interval of their logits (Qin
and Hotilovac, 2008, "Comparison of Non-Parametric Confidence Intervals for the Area under the ROC Curve").
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nlpkit.scoring.metric import Metric, ScoredRows
from nlpkit.scoring.metrics import by_name, score_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.scoring.resamples import Resamples

    Numbers = NDArray[np.float64]

LEVEL: Final = 0.95
CALLED_SECONDS: Final = 5.0  # for the resamples of one score that has no formula here
MOST_UNDEFINED: Final = 0.05  # of the resamples
_MOST_NUMBERS: Final = 2_000_000  # of a resample
_SHARES: Final = (  # of all rows
    *("accuracy", "precision_micro", "recall_micro", "f1_micro", "top_k_accuracy"),
    *("hamming_loss", "zero_one_loss"),
)
_SHARES_OF_SETS: Final = ("accuracy", "zero_one_loss")


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, both NaN where there is none; `note` says why, or what was left out."""

    low: float = math.nan
    high: float = math.nan
    note: str = ""

    def __bool__(self) -> bool:
        return not math.isnan(self.low)

    @property
    def ends(self) -> list[float] | None:
        """As JSON has it: None where there is none."""
        return [self.low, self.high] if self else None


def intervals(
    metrics: Sequence[str | Metric], rows: ScoredRows, groups: Sequence[str] = ()
) -> dict[str, Interval]:
    """The interval of each score of some rows by its name; rows of one group are drawn together.

    The same rows have the same intervals each time.
    """
    return {name: _interval(metric, rows, groups) for name, metric in by_name(metrics).items()}


def mean_interval(values: Numbers, groups: Sequence[str] = ()) -> Interval:
    """The interval of the mean of values, float64 (R,)."""
    import numpy as np

    from nlpkit.scoring.resamples import Resamples

    if not len(values):
        return Interval(note="there are no rows")
    resamples = Resamples(len(values), groups)
    columns = np.stack([values, np.ones(len(values))], axis=1)
    means = [block[:, 0] / block[:, 1] for block in resamples.sums(columns)]
    return between(np.concatenate(means), resamples.units)


def share_interval(hits: NDArray[np.bool_], groups: Sequence[str] = ()) -> Interval:
    """The interval of the share of rows that hit, bool (R,)."""
    if len(groups):
        return mean_interval(hits.astype("float64"), groups)
    return _wilson(float(hits.mean()), len(hits)) if len(hits) else Interval(note="there are no rows")


def between(scores: Numbers, units: int) -> Interval:
    """The interval from the scores of resamples, float64 (N,); of as many units, rows or groups."""
    import numpy as np

    defined = scores[np.isfinite(scores)]
    missing = len(scores) - len(defined)
    if missing > MOST_UNDEFINED * len(scores):
        return Interval(note=f"it is not defined in {missing:,} of {len(scores):,} resamples")
    if units < 2:
        return Interval(note="there is nothing to draw from but one row or group")
    if np.ptp(defined) <= 1e-12:
        return Interval(note="it is the same in every resample")
    tail = _tail(units)
    # weibull: the kind of quantile between two of which LEVEL of all resamples are expected
    low, high = np.quantile(defined, [tail, 1 - tail], method="weibull").tolist()
    note = f"not defined in {missing:,} of {len(scores):,} resamples, which are left out" if missing else ""
    return Interval(low, high, note)


def _tail(units: int) -> float:
    """The share of resamples below the interval: of few units less, as of Student's distribution."""
    from scipy.special import ndtr, stdtrit  # type: ignore[import-untyped]

    out = stdtrit(units - 1, (1 + LEVEL) / 2) * math.sqrt(units / (units - 1))
    return float(ndtr(-out))


def _wilson(share: float, rows: int) -> Interval:
    from scipy.special import ndtri

    z = float(ndtri((1 + LEVEL) / 2))
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * math.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    return Interval(min(max(0.0, middle - half), share), max(min(1.0, middle + half), share))


def _interval(metric: str | Metric, rows: ScoredRows, groups: Sequence[str]) -> Interval:
    import numpy as np

    from nlpkit.scoring.ranks import RANKED
    from nlpkit.scoring.resamples import Resamples

    name = _scorer(metric)
    value, undefined = score_of(metric, rows)
    if undefined:
        return Interval()
    if name in (_SHARES_OF_SETS if rows.decision.multi_label else _SHARES) and not len(groups):
        return _wilson(value, len(rows))
    # of every class, the rows in order
    ranks = name in RANKED and not rows.decision.multi_label
    numbers = 2 * rows.probabilities.size if ranks else len(rows)
    if ranks and numbers > _MOST_NUMBERS:
        return Interval(note="its resamples would take too long for so many texts and classes")
    resamples = Resamples(len(rows), groups, as_long_as=numbers)
    if (scores := resampled_scores(metric, rows, resamples)) is None:
        return _called(metric, rows, Resamples(len(rows), groups, as_long_as=_MOST_NUMBERS))
    found = between(scores, resamples.units)
    inside = bool(found) and np.nanmin(scores) > 0 and np.nanmax(scores) < 1
    return _of_logits(value, scores, resamples.units, found.note) if inside and name in RANKED else found


def _of_logits(value: float, scores: Numbers, units: int, note: str) -> Interval:
    """The interval of a score between 0 and 1 from its resamples, float64 (N,): normal on the scale of
    logits, where scores near 1 have their room.
    """
    import numpy as np
    from scipy.special import expit, logit, ndtri

    spread = np.nanstd(logit(scores), ddof=1) * math.sqrt(units / (units - 1))
    reach = float(ndtri((1 + LEVEL) / 2) * spread)
    low, high = expit([logit(value) - reach, logit(value) + reach]).tolist()
    return Interval(low, high, note)


def resampled_scores(metric: str | Metric, rows: ScoredRows, resamples: Resamples) -> Numbers | None:
    """The score of each resample, float64 (N,), NaN where it is not defined; None where there is no quick way
    to it.
    """
    import numpy as np

    from nlpkit.scoring.added_up import ADDED_UP, added_up
    from nlpkit.scoring.counted import COUNTED, counted
    from nlpkit.scoring.ranks import RANKED, ranked
    from nlpkit.scoring.set_intervals import resampled_scores_of_sets

    name = _scorer(metric)
    if rows.decision.multi_label:
        return resampled_scores_of_sets(name, rows, resamples)
    if name in COUNTED:
        blocks = [COUNTED[name](each) for each in counted(rows.gold, rows.predicted, resamples)]
    elif name in ADDED_UP:
        blocks = list(added_up(name, rows.gold, rows.probabilities, resamples))
    elif name in RANKED:
        blocks = list(ranked(name, rows.gold, rows.probabilities, resamples))
    else:
        return None
    return np.concatenate(blocks)


def _scorer(metric: str | Metric) -> str:
    """The name of the scikit-learn score that a metric is; empty if it is none."""
    return metric if isinstance(metric, str) else metric.scikit_name


def _called(metric: str | Metric, rows: ScoredRows, resamples: Resamples) -> Interval:
    """By the function of the score itself, where there is time to call it for each resample."""
    import numpy as np

    began = time.perf_counter()
    score_of(metric, rows)
    if (time.perf_counter() - began) * resamples.count > CALLED_SECONDS:
        return Interval(note=f"its {resamples.count} resamples would take more than {CALLED_SECONDS:g} s")
    drawn = (rows.take(each) for each in resamples.indices())
    return between(np.array([score_of(metric, each)[0] for each in drawn]), resamples.units)
