"""A closer look at scored rows: how sure the model is beside how often it is right, and scores by slices.

Axes: R rows, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpkit.scoring.calibration import calibration_table, confidence_before, squared_errors
from nlpkit.scoring.slices import by_length, by_unknown, by_value, slice_tables

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.scoring.metric import ScoredRows

    Numbers = NDArray[np.float64]


def closer_tables(
    rows: ScoredRows,
    scale: float,
    tokens: NDArray[np.int64] | None,
    columns: Mapping[str, Sequence[str]],
    groups: Sequence[str] = (),
) -> dict[str, Any]:
    """What `scores.json` says besides: `calibration` of a model whose logits were multiplied by `scale` to be
    calibrated, unless texts have any number of labels; and `slices` by `tokens`, int64 (R, 2), which counts
    those of each text and the unknown ones, where they are known, and by columns (R,). What is the same of
    all texts has no table, unless it is a column. Nothing of no rows.
    """
    if not len(rows):
        return {}
    several = rows.decision.multi_label
    right = (rows.gold == rows.predicted).all(axis=1) if several else rows.gold == rows.predicted
    slicings = [by_value(name, values) for name, values in columns.items()]
    if tokens is not None:
        by_tokens = (by_length(tokens[:, 0]), by_unknown(tokens[:, 1], tokens[:, 0]))
        slicings = [*(each for each in by_tokens if len(each.names) > 1), *slicings]
    losses = _set_losses(rows) if several else _losses(rows)
    slices = slice_tables(slicings, right, losses, groups)
    if several:
        return {"slices": slices}
    found = rows.probabilities
    before = confidence_before(found, scale)
    errors = squared_errors(rows.gold, found)
    likeliest = found.argmax(axis=1) == rows.gold  # whatever label the decision gives
    calibration = calibration_table(likeliest, found.max(axis=1), errors, before, groups)
    return {"calibration": calibration, "slices": slices}


def _losses(rows: ScoredRows) -> Numbers:
    """The log loss of each row, (R,); NaN of a label that training never saw."""
    import numpy as np

    from nlpkit.scoring.added_up import log_losses

    known, losses = rows.gold >= 0, np.full(len(rows), np.nan)
    losses[known] = log_losses(rows.gold[known], rows.probabilities[known])
    return losses


def _set_losses(rows: ScoredRows) -> Numbers:
    """The binary log loss of each row, (R,), a mean over the labels that training saw."""
    from nlpkit.scoring.set_intervals import binary_log_losses

    found = rows.probabilities
    return binary_log_losses(rows.gold[:, : found.shape[1]], found)
