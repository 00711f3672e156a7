"""What `scores.json` says of predictions: numbers alone, which the report puts into words.

Axes: R rows, C classes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from nlpkit.scoring.metrics import UNSEEN
from nlpkit.vocab import Labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

MATRIX_CLASSES = 200  # the square of more is no table any more, and takes gigabytes
CONFUSIONS = 100  # the most frequent ones


def score_table(values: Mapping[str, float], labels: Labels, gold: Ids, found: Ids) -> dict[str, Any]:
    """The scores of gold ids (R,) and of those found instead.

    `classes` are in the order of the rows and columns of `confusion_matrix`; where gold ids are -1, one more
    class stands for the labels that training never saw.
    """
    if not len(gold):
        return {"texts": 0, "scores": finite(values)}
    import numpy as np

    names = list(labels.names)
    if (gold < 0).any():
        gold = np.where(gold < 0, len(names), gold)
        names.append(UNSEEN)
    matrix, size = list[list[int]](), len(names)
    if len(labels) <= MATRIX_CLASSES:
        matrix = np.bincount(gold * size + found, minlength=size**2).reshape(size, size).tolist()
    return {
        "texts": len(gold),
        "scores": finite(values),
        "accuracy": float((gold == found).mean()),
        "majority_accuracy": max(Counter(gold.tolist()).values()) / len(gold),
        **_by_class(names, gold, found),
        "confusion_matrix": matrix,
        "confusions": _confusions(names, gold, found),
    }


def finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """NaN and infinity, which JSON does not have, as None."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def _by_class(names: Sequence[str], gold: Ids, found: Ids) -> dict[str, Any]:
    """Precision, recall, F1 and support of each class, and their averages; what is not defined is 0."""
    from sklearn.metrics import precision_recall_fscore_support  # type: ignore[import-untyped]

    rated = partial(precision_recall_fscore_support, gold, found, labels=range(len(names)), zero_division=0)
    keys = ("name", "precision", "recall", "f1", "support")
    *rates, support = rated()
    rows = zip(names, *(column.tolist() for column in rates), map(int, support), strict=True)
    averages = {each: map(float, rated(average=each)[:3]) for each in ("macro", "weighted")}
    return {
        "classes": [dict(zip(keys, row, strict=True)) for row in rows],
        "averages": {each: dict(zip(keys[1:-1], row, strict=True)) for each, row in averages.items()},
    }


def _confusions(names: Sequence[str], gold: Ids, found: Ids) -> list[dict[str, Any]]:
    """The most frequent errors: the gold class, the class found instead, and how often."""
    pairs = zip(gold.tolist(), found.tolist(), strict=True)
    errors = Counter(pair for pair in pairs if pair[0] != pair[1])
    return [
        {"gold": names[right], "predicted": names[wrong], "texts": count}
        for (right, wrong), count in errors.most_common(CONFUSIONS)
    ]
