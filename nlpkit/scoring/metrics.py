"""Scores by their scikit-learn names, computed by scikit-learn.

A score is a function of gold class ids, int64 (R,), and probabilities, float64 (R, C). A gold id of -1 is a
class that training never saw: such a row is an error for every score of labels, and is left out of the
scores of probabilities, which are not defined for it.
"""

from __future__ import annotations

import inspect
import math
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nlpkit.errors import did_you_mean
from nlpkit.notes import Note
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

UNSEEN = "(not seen in training)"  # the name of the class that gold id -1 is


@dataclass(frozen=True)
class Metric:
    """A function of `sklearn.metrics`, what it reads and how it is called.

    "labels" are the class of each row, "probabilities" all columns, and "binary" ones are
    defined for two classes alone, of which the second is the positive one. `part` is which one of several
    results is meant.
    """

    function: str
    reads: Literal["labels", "probabilities"] = "labels"
    binary: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    higher_is_better: bool = True
    sign: int = 1
    part: int | None = None


def unknown_metrics(**named: str | Sequence[str]) -> dict[str, str]:
    """The problems of values that have to be names of metrics.

    >>> unknown_metrics(monitor="acuracy", metrics=("f1",))
    {'monitor': "'acuracy' is not a metric; did you mean accuracy?"}
    """
    problems: dict[str, str] = {}
    for setting, names in named.items():
        unknown = [name for name in ([names] if isinstance(names, str) else names) if name not in METRICS]
        told = [f"{name!r} is not a metric; {did_you_mean(name, METRICS)}" for name in unknown]
        problems |= {setting: ", and ".join(told)} if told else {}
    return problems


def _averages(name: str) -> dict[str, Metric]:
    function = f"{name}_score"
    named = {
        f"{name}_{average}": Metric(function, options={"average": average, "zero_division": 0})
        for average in ("micro", "macro", "weighted")
    }
    positive = {"labels": [1], "average": "macro", "zero_division": 0}  # also beside labels never seen
    return {name: Metric(function, binary=True, options=positive), **named}


def _roc_auc(multi_class: str, average: str) -> Metric:
    options = {"multi_class": multi_class, "average": average}
    return Metric("roc_auc_score", "probabilities", options=options)


def _likelihood_ratio(part: int, sign: int) -> Metric:
    options = {"replace_undefined_by": 1.0}
    return Metric("class_likelihood_ratios", binary=True, options=options, sign=sign, part=part)


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
    "d2_log_loss_score": Metric("d2_log_loss_score", "probabilities"),
    "roc_auc": Metric("roc_auc_score", "probabilities", binary=True),
    "roc_auc_ovr": _roc_auc("ovr", "macro"),
    "roc_auc_ovo": _roc_auc("ovo", "macro"),
    "roc_auc_ovr_weighted": _roc_auc("ovr", "weighted"),
    "roc_auc_ovo_weighted": _roc_auc("ovo", "weighted"),
    "average_precision": Metric("average_precision_score", "probabilities"),
    "brier_score": Metric("brier_score_loss", "probabilities", higher_is_better=False),
    "neg_brier_score": Metric("brier_score_loss", "probabilities", sign=-1),
    "d2_brier_score": Metric("d2_brier_score", "probabilities"),
    "positive_likelihood_ratio": _likelihood_ratio(0, sign=1),
    "neg_negative_likelihood_ratio": _likelihood_ratio(1, sign=-1),
}

_ALONE = threading.Lock()  # filters of warnings belong to the process

# what scikit-learn raises: the middle two where a class is absent, the last two if it is an older one
_REFUSALS = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class Scores:
    """`values` by metric name; one that is not defined here is NaN, and `undefined` says why."""

    values: dict[str, float]
    undefined: dict[str, str]
    notes: tuple[Note, ...]


def scores(
    names: Sequence[str], gold: Ids, found: NDArray[np.float64], decision: Decision = SINGLE_LABEL
) -> Scores:
    """Each named score of gold ids (R,) and probabilities (R, C), from which `decision` makes labels."""
    values, undefined = dict[str, float](), dict[str, str]()
    labels = decision.labels(found)
    for name in names:
        values[name], reason = _score(METRICS[name], gold, found, labels)
        if reason:
            first = " ".join(reason.split()).split(". ")[0].rstrip(".")
            undefined[name] = f"{name} is not defined here: {first}"
    notes = list(map(Note, undefined.values()))
    unseen = int((gold < 0).sum())
    if unseen:
        rows = "1 row has" if unseen == 1 else f"{unseen} rows have"
        notes.append(Note(f"{rows} a label that training never saw, which counts as an error"))
    return Scores(values, undefined, tuple(notes))


def _score(metric: Metric, gold: Ids, found: NDArray[np.float64], labels: Ids) -> tuple[float, str]:
    """The score; NaN and the reason where there is none."""
    with _ALONE, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # those of classes without rows: the report shows their support
        try:
            value = _computed(metric, gold, found, labels)
        except _REFUSALS as error:
            return math.nan, str(error)
    if math.isnan(value):
        return value, str(caught[-1].message) if caught else "it is not a number"
    return value, ""


def _computed(metric: Metric, gold: Ids, found: NDArray[np.float64], labels: Ids) -> float:
    import numpy as np
    import sklearn.metrics  # type: ignore[import-untyped]

    function = getattr(sklearn.metrics, metric.function)
    options = dict(metric.options)
    classes = found.shape[1]
    if metric.binary and classes != 2:
        raise ValueError(f"it needs two classes, and there are {classes}")
    if metric.reads == "labels":
        value = function(gold, labels, **options)
    else:
        gold, found = gold[gold >= 0], found[gold >= 0]
        if "labels" in inspect.signature(function).parameters:
            options["labels"] = np.arange(classes)
        if not len(gold):
            raise ValueError("there are no rows of a known class")
        value = function(gold, found[:, 1] if classes == 2 else found, **options)
    return metric.sign * float(value if metric.part is None else value[metric.part])
