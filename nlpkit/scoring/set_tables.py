"""What `scores.json` says of texts with any number of labels: numbers alone, as for those with one.

Axes: R rows, C classes, U labels that training never saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpkit.scoring.tables import finite, interval_table
from nlpkit.vocab import Labels

if TYPE_CHECKING:
    from nlpkit.scoring.intervals import Interval
    from nlpkit.scoring.metric import ScoredRows

_KEYS = ("precision", "recall", "f1")


def set_table(
    values: Mapping[str, float],
    labels: Labels,
    gold: Sequence[tuple[str, ...]],
    rows: ScoredRows,
    intervals: Mapping[str, Interval] | None = None,
    groups: Sequence[str] = (),
) -> dict[str, Any]:
    """The scores of label sets (R,) and of the rows that stand for them. The keys are those of `score_table`;
    `accuracy` is the share of texts whose labels are exactly right, and there is no confusion matrix.

    Each of `classes` also has its `threshold`. `labels_per_text` has the mean of the gold labels and of those
    that are given, and `unlabelled` how many texts have none.
    """
    if not len(gold):
        return {"task": "multi_label", "texts": 0, "scores": finite(values)}
    names = labels.and_others(name for each in gold for name in each).names
    given = rows.predicted.sum(axis=1)
    return {
        "task": "multi_label",
        "texts": len(gold),
        "scores": finite(values),
        **interval_table(intervals or {}),
        **({"groups": len(set(groups))} if groups else {}),
        "accuracy": float((rows.gold == rows.predicted).all(axis=1).mean()),
        "majority_accuracy": max(Counter(gold).values()) / len(gold),
        "labels_per_text": {"gold": float(rows.gold.sum(axis=1).mean()), "predicted": float(given.mean())},
        "unlabelled": {"gold": sum(not each for each in gold), "predicted": int((given == 0).sum())},
        "unseen_labels": len(names) - len(labels),
        **_by_label(names, rows),
        "confusion_matrix": [],
        "confusions": [],
    }


def _by_label(names: Sequence[str], rows: ScoredRows) -> dict[str, Any]:
    """Precision, recall, F1, threshold and counts of each label, and averages; what is not defined is 0."""
    gold, found = rows.gold, rows.predicted
    right, has, given = (each.sum(axis=0).tolist() for each in (gold & found, gold, found))
    rates = [_rates(*counts) for counts in zip(right, has, given, strict=True)]
    thresholds: list[float | None] = list(rows.decision.thresholds) or [0.5] * len(rows.classes)
    thresholds += [None] * (len(names) - len(thresholds))  # of labels that are never given
    classes = [
        {**rate, "name": name, "support": of_gold, "predicted": of_found, "threshold": threshold}
        for rate, name, of_gold, of_found, threshold in zip(rates, names, has, given, thresholds, strict=True)
    ]
    total = max(1, sum(has))
    averages = {
        "micro": _rates(sum(right), sum(has), sum(given)),
        "macro": {key: sum(rate[key] for rate in rates) / len(rates) for key in _KEYS},
        "weighted": {
            key: sum(rate[key] * n for rate, n in zip(rates, has, strict=True)) / total for key in _KEYS
        },
    }
    return {"classes": classes, "averages": averages, "macro_classes": len(names)}


def _rates(right: int, has: int, given: int) -> dict[str, float]:
    return {
        "precision": right / given if given else 0.0,
        "recall": right / has if has else 0.0,
        "f1": 2 * right / (has + given) if has + given else 0.0,
    }
