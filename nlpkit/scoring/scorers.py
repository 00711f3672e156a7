"""The scores of scikit-learn by their names, and how each is computed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Scorer:
    """A function of `sklearn.metrics`, what it reads and how it is called.

    "labels" are the class of each row, "ranks" the order of its columns, "probabilities" the columns.
    "binary" ones are defined for two classes alone, of which the second is the positive one. `needs` says
    which classes must have rows. `part` is which one of several results is meant, and `highest` the score
    that nothing is above.
    """

    function: str
    reads: Literal["labels", "ranks", "probabilities"] = "labels"
    binary: bool = False
    needs: Literal["any", "two", "positive", "every"] = "any"
    options: dict[str, Any] = field(default_factory=dict)
    higher_is_better: bool = True
    sign: int = 1
    part: int | None = None
    highest: float = 1.0


def _averages(name: str) -> dict[str, Scorer]:
    function = f"{name}_score"
    named = {
        f"{name}_{average}": Scorer(function, options={"average": average, "zero_division": 0})
        for average in ("micro", "macro", "weighted")
    }
    positive = {"labels": [1], "average": "macro", "zero_division": 0}  # also beside labels never seen
    return {name: Scorer(function, binary=True, options=positive), **named}


def _roc_auc(multi_class: str, average: str, needs: Literal["two", "every"] = "every") -> Scorer:
    options = {"multi_class": multi_class, "average": average}
    return Scorer("roc_auc_score", "probabilities", needs=needs, options=options)


def _likelihood_ratio(part: int, **given: Any) -> Scorer:
    options = {"replace_undefined_by": 1.0}
    return Scorer("class_likelihood_ratios", binary=True, needs="every", options=options, part=part, **given)


METRICS: dict[str, Scorer] = {
    "accuracy": Scorer("accuracy_score"),
    "balanced_accuracy": Scorer("balanced_accuracy_score"),
    "matthews_corrcoef": Scorer("matthews_corrcoef"),
    "cohen_kappa": Scorer("cohen_kappa_score"),
    "hamming_loss": Scorer("hamming_loss", higher_is_better=False),
    "zero_one_loss": Scorer("zero_one_loss", higher_is_better=False),
    **_averages("f1"),
    **_averages("precision"),
    **_averages("recall"),
    **_averages("jaccard"),
    "top_k_accuracy": Scorer("top_k_accuracy_score", "ranks"),
    "log_loss": Scorer("log_loss", "probabilities", higher_is_better=False),
    "neg_log_loss": Scorer("log_loss", "probabilities", sign=-1, highest=0.0),
    "d2_log_loss_score": Scorer("d2_log_loss_score", "probabilities", needs="two"),
    "roc_auc": Scorer("roc_auc_score", "probabilities", binary=True, needs="every"),
    "roc_auc_ovr": _roc_auc("ovr", "macro"),
    "roc_auc_ovo": _roc_auc("ovo", "macro"),
    "roc_auc_ovr_weighted": _roc_auc("ovr", "weighted", "two"),  # a class without rows weighs nothing
    "roc_auc_ovo_weighted": _roc_auc("ovo", "weighted"),
    "average_precision": Scorer("average_precision_score", "probabilities", needs="positive"),
    "brier_score": Scorer("brier_score_loss", "probabilities", higher_is_better=False),
    "neg_brier_score": Scorer("brier_score_loss", "probabilities", sign=-1, highest=0.0),
    "d2_brier_score": Scorer("d2_brier_score", "probabilities", needs="two"),
    "positive_likelihood_ratio": _likelihood_ratio(0, highest=math.inf),
    "neg_negative_likelihood_ratio": _likelihood_ratio(1, sign=-1, highest=0.0),
}
"""The scores of scikit-learn that an experiment may name, and how each is computed."""
