"""How sure a model is beside how often it is right.

Axes: R rows, B bins, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from nlpkit.scoring.intervals import Interval, between, share_interval
from nlpkit.scoring.metric import of_gold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hits = NDArray[np.bool_]
    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]

BINS: Final = 15


def calibration_table(
    right: Hits,
    confidence: Numbers,
    errors: Numbers,
    before: Numbers | None = None,
    groups: Sequence[str] = (),
) -> dict[str, Any]:
    """What `scores.json` says of answers that are `right`, bool (R,), of their `confidence`, float64 (R,)
    from 0 to 1, and of the squared errors of all probabilities, float64 (R,).

    `ece` is the expected calibration error in BINS bins of equal width (Guo et al., 2017, "On Calibration of
    Modern Neural Networks", section 2), and `mce` the largest error of a bin. `ece_equal_mass` is of bins
    with as many rows each (Nixon et al., 2019, "Measuring Calibration in Deep Learning"), and `ece_before` of
    the confidence `before` it was calibrated. Bins without rows are left out. ValueError where there are no
    rows.
    """
    if not len(right):
        raise ValueError("there are no rows")
    bins = _bins(right, confidence, groups)
    gaps = [abs(each["confidence"] - each["accuracy"]) for each in bins]
    value = expected_calibration_error(right, confidence)
    ece, brier = _resampled(right, confidence, errors, groups)
    return {
        "ece": value,
        "ece_interval": ece.ends,
        "ece_before": expected_calibration_error(right, confidence if before is None else before),
        "ece_equal_mass": _error(right, confidence, _equal_mass(confidence)),
        "mce": max(gaps),
        "brier": float(errors.mean()),
        "brier_interval": brier.ends,
        "bins": bins,
    }


def expected_calibration_error(right: Hits, confidence: Numbers) -> float:
    """How far confidence is from accuracy, each bin by its share of the rows."""
    return _error(right, confidence, bins_of(confidence))


def bins_of(confidence: Numbers) -> Ids:
    """The bin of each row, int64 (R,): bin b is above b / BINS, and up to (b + 1) / BINS."""
    import numpy as np

    return np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)


def squared_errors(gold: Ids, probabilities: Numbers) -> Numbers:
    """The squared error of each row, (R,), summed over all classes, also of two: from 0 to 2. Their mean is
    the Brier score (Brier, 1950, "Verification of forecasts"). A label below 0 is none of the classes.
    """
    import numpy as np

    found: Numbers = (probabilities**2).sum(axis=1) - 2 * of_gold(gold, probabilities) + 1
    return np.maximum(found, 0.0)  # rounding


def confidence_before(probabilities: Numbers, scale: float) -> Numbers:
    """The confidence, float64 (R,), of probabilities (R, C) whose logits were multiplied by `scale` to be
    calibrated, before that.
    """
    shares = probabilities / probabilities.max(axis=1, keepdims=True)
    found: Numbers = 1 / (shares ** (1 / scale)).sum(axis=1)
    return found


def _equal_mass(confidence: Numbers) -> Ids:
    """The bin of each row, where each has as many: int64 (R,)."""
    import numpy as np

    found = np.empty(len(confidence), np.int64)
    found[np.argsort(confidence, kind="stable")] = np.arange(len(confidence)) * BINS // len(confidence)
    return found


def _error(right: Hits, confidence: Numbers, bins: Ids) -> float:
    import numpy as np

    gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(bins))


def _bins(right: Hits, confidence: Numbers, groups: Sequence[str]) -> list[dict[str, Any]]:
    """Each bin that has rows."""
    import numpy as np

    bins, rows, found = bins_of(confidence), np.asarray(groups), []
    for place in np.unique(bins).tolist():
        inside = bins == place
        hits, sure = right[inside], float(confidence[inside].mean())
        interval = share_interval(hits, rows[inside].tolist() if len(rows) else ())
        edges = {"low": place / BINS, "high": (place + 1) / BINS, "texts": len(hits)}
        accuracy = float(hits.mean())
        found.append({**edges, "confidence": sure, "accuracy": accuracy, "interval": interval.ends})
    return found


def _resampled(
    right: Hits, confidence: Numbers, errors: Numbers, groups: Sequence[str]
) -> tuple[Interval, Interval]:
    """The intervals of the expected calibration error and of the Brier score, of the same resamples."""
    import numpy as np

    from nlpkit.scoring.resamples import Resamples

    rows, bins = len(right), np.unique(bins_of(confidence), return_inverse=True)[1]
    columns = np.zeros((rows, 2 + int(bins.max()) + 1))
    columns[:, 0], columns[:, 1] = 1, errors
    columns[np.arange(rows), 2 + bins] = confidence - right
    resamples = Resamples(rows, groups)
    sums = np.concatenate(list(resamples.sums(columns)))  # (N, 2 + B)
    means, gaps = sums[:, 1:] / sums[:, :1], columns[:, 2:].mean(axis=0)
    luck = between(np.abs(means[:, 1:] - gaps).sum(axis=1), resamples.units)
    drawn = between(np.abs(means[:, 1:]).sum(axis=1), resamples.units)
    return _reflected(float(np.abs(gaps).sum()), drawn, luck), between(means[:, 0], resamples.units)


def _reflected(value: float, drawn: Interval, luck: Interval) -> Interval:
    """The interval of an error, on the other side of its value than that of the errors `drawn` (Davison and
    Hinkley, 1997, "Bootstrap Methods and their Application", the basic interval): what luck adds to an error
    that cannot be below 0, it adds to each resample once more. From 0 on where all of it may be `luck`.
    """
    if not drawn:
        return drawn
    low, high = 2 * value - drawn.high, 2 * value - drawn.low
    return Interval(0.0 if value <= luck.high else max(0.0, min(low, value)), max(high, value), drawn.note)
