"""Scores by their scikit-learn names, computed by scikit-learn.

A score is a function of gold class ids, int64 (R,), and probabilities, float64 (R, C). A gold id of -1 is a
class that training never saw: such a row is an error for every score of labels, and is left out of the
scores of probabilities, which are not defined for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.vocab import Labels


@dataclass(frozen=True)
class Metric:
    """A function of `sklearn.metrics`, what it reads and how it is called."""

    function: str
    reads: Literal["labels", "probabilities", "positive"] = "labels"
    options: dict[str, Any] = field(default_factory=dict)
    higher_is_better: bool = True
    sign: int = 1


def _averages(name: str) -> dict[str, Metric]:
    function = f"{name}_score"
    named = {
        f"{name}_{average}": Metric(function, options={"average": average, "zero_division": 0})
        for average in ("micro", "macro", "weighted")
    }
    return {name: Metric(function, options={"zero_division": 0}), **named}


def _roc_auc(multi_class: str, average: str) -> Metric:
    return Metric("roc_auc_score", "probabilities", {"multi_class": multi_class, "average": average})


METRICS: dict[str, Metric] = {
    "accuracy": Metric("accuracy_score"),
    "balanced_accuracy": Metric("balanced_accuracy_score"),
    "matthews_corrcoef": Metric("matthews_corrcoef"),
    "cohen_kappa": Metric("cohen_kappa_score"),
    "hamming_loss": Metric("hamming_loss", higher_is_better=False),
    "zero_one_loss": Metric("zero_one_loss", higher_is_better=False),
    **_averages("f1"),
    **_averages("precision"),
    **_averages("recall"),
    **_averages("jaccard"),
    "top_k_accuracy": Metric("top_k_accuracy_score", "probabilities"),
    "log_loss": Metric("log_loss", "probabilities", higher_is_better=False),
    "neg_log_loss": Metric("log_loss", "probabilities", sign=-1),
    "roc_auc": Metric("roc_auc_score", "positive"),
    "roc_auc_ovr": _roc_auc("ovr", "macro"),
    "roc_auc_ovo": _roc_auc("ovo", "macro"),
    "roc_auc_ovr_weighted": _roc_auc("ovr", "weighted"),
    "roc_auc_ovo_weighted": _roc_auc("ovo", "weighted"),
    "average_precision": Metric("average_precision_score", "positive"),
    "brier_score": Metric("brier_score_loss", "positive", higher_is_better=False),
    "neg_brier_score": Metric("brier_score_loss", "positive", sign=-1),
}


@dataclass(frozen=True)
class Scores:
    """`values` by metric name; a metric that is not defined here is NaN, and `notes` says why."""

    values: dict[str, float]
    notes: tuple[str, ...] = ()


def scores(names: Sequence[str], gold: NDArray[np.int64], found: NDArray[np.float64]) -> Scores:
    """Each named score of gold ids (R,) and probabilities (R, C)."""
    values, notes = {}, []
    for name in names:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a class without rows; the report shows its zero support
                values[name] = _score(METRICS[name], gold, found)
        except ValueError as error:
            values[name] = float("nan")
            notes.append(f"{name} is not defined here: {str(error).split('. ')[0].rstrip('.')}")
    unseen = int((gold < 0).sum())
    if unseen:
        notes.append(f"{unseen} rows have a label that training never saw: each counts as an error")
    return Scores(values, tuple(notes))


def _score(metric: Metric, gold: NDArray[np.int64], found: NDArray[np.float64]) -> float:
    import numpy as np
    import sklearn.metrics

    function = getattr(sklearn.metrics, metric.function)
    options = dict(metric.options)
    classes = found.shape[1]
    if metric.reads == "labels":
        return float(function(gold, found.argmax(axis=1), **options))
    known = gold >= 0
    gold, found = gold[known], found[known]
    if metric.reads == "positive" or (classes == 2 and metric.function != "log_loss"):
        if classes != 2:
            raise ValueError(f"it needs two classes, and there are {classes}")
        options.pop("multi_class", None)
        return metric.sign * float(function(gold, found[:, 1], **options))
    return metric.sign * float(function(gold, found, labels=np.arange(classes), **options))


def classification_report(labels: Labels, gold: NDArray[np.int64], found: NDArray[np.int64]) -> str:
    """scikit-learn's table of precision, recall, F1 and support for each class."""
    import sklearn.metrics

    names, gold = _with_unseen(labels, gold)
    return str(
        sklearn.metrics.classification_report(
            gold, found, labels=range(len(names)), target_names=names, digits=3, zero_division=0
        )
    )


def confusion_matrix(
    labels: Labels, gold: NDArray[np.int64], found: NDArray[np.int64]
) -> tuple[list[str], list[list[int]]]:
    """Class names, and for each gold class (a row) how often each class was found (a column)."""
    import sklearn.metrics

    names, gold = _with_unseen(labels, gold)
    matrix = sklearn.metrics.confusion_matrix(gold, found, labels=range(len(names)))
    return names, matrix.tolist()


def _with_unseen(labels: Labels, gold: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    """Class names and gold ids in which every label that training never saw is one class more."""
    import numpy as np

    names = list(labels.names)
    if (gold < 0).any():
        return [*names, "(not seen in training)"], np.where(gold < 0, len(names), gold)
    return names, gold
