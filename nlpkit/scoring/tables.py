"""What `scores.json` says of predictions: numbers alone, which the report puts into words.

Axes: R rows, C classes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from nlpkit.vocab import Labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.scoring.intervals import Interval

    Ids = NDArray[np.int64]

MATRIX_CLASSES = 200  # the square of more is no table any more, and takes gigabytes
CONFUSIONS = 100  # the most frequent ones


def score_table(
    values: Mapping[str, float],
    labels: Labels,
    gold: Sequence[str],
    found: Ids,
    intervals: Mapping[str, Interval] | None = None,
    groups: Sequence[str] = (),
) -> dict[str, Any]:
    """The scores of gold labels (R,) and of the class ids (R,) found instead, with their intervals, for which
    rows of one group were drawn together.

    `classes` are in the order of the rows and columns of `confusion_matrix`. Gold labels that are none of
    `labels` are classes as well, behind the others, and counted in `unseen_labels`.
    """
    if not len(gold):
        return {"texts": 0, "scores": finite(values)}
    import numpy as np

    all_labels = labels.and_others(gold)
    names, ids = all_labels.names, all_labels.ids(gold)
    matrix, size = list[list[int]](), len(names)
    if size <= MATRIX_CLASSES:
        matrix = np.bincount(ids * size + found, minlength=size**2).reshape(size, size).tolist()
    return {
        "texts": len(ids),
        "scores": finite(values),
        **interval_table(intervals or {}),
        **({"groups": len(set(groups))} if groups else {}),
        "accuracy": float((ids == found).mean()),
        "majority_accuracy": max(Counter(gold).values()) / len(ids),
        "unseen_labels": size - len(labels),
        **_by_class(names, ids, found),
        "confusion_matrix": matrix,
        "confusions": _confusions(names, ids, found),
    }


def interval_table(intervals: Mapping[str, Interval]) -> dict[str, Any]:
    """The ends of each interval that there is, and sentences about the others."""
    return {
        "intervals": {name: each.ends for name, each in intervals.items()},
        "interval_notes": [
            f"{name} {f'is {each.note}' if each else f'has no interval: {each.note}'}"
            for name, each in intervals.items()
            if each.note
        ],
    }


def finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """NaN and infinity, which JSON does not have, as None."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def _by_class(names: Sequence[str], gold: Ids, found: Ids) -> dict[str, Any]:
    """Precision, recall, F1 and counts of each class, and averages; what is not defined is 0.

    As in scikit-learn, averages are over the classes that are a label or a prediction: `macro_classes`.
    """
    import numpy as np
    from sklearn.metrics import precision_recall_fscore_support  # type: ignore[import-untyped]

    rated = partial(precision_recall_fscore_support, gold, found, zero_division=0)
    keys = ("precision", "recall", "f1")
    *rates, support = (column.tolist() for column in rated(labels=range(len(names))))
    predicted = np.bincount(found, minlength=len(names)).tolist()
    rows = zip(names, *rates, map(int, support), predicted, strict=True)
    averages = {each: map(float, rated(average=each)[:3]) for each in ("macro", "weighted")}
    return {
        "classes": [dict(zip(("name", *keys, "support", "predicted"), row, strict=True)) for row in rows],
        "averages": {each: dict(zip(keys, row, strict=True)) for each, row in averages.items()},
        "macro_classes": sum(map(any, zip(support, predicted, strict=True))),
    }


def _confusions(names: Sequence[str], gold: Ids, found: Ids) -> list[dict[str, Any]]:
    """The most frequent errors: the gold class, the class found instead, and how often."""
    pairs = zip(gold.tolist(), found.tolist(), strict=True)
    errors = Counter(pair for pair in pairs if pair[0] != pair[1])
    return [
        {"gold": names[right], "predicted": names[wrong], "texts": count}
        for (right, wrong), count in errors.most_common(CONFUSIONS)
    ]
