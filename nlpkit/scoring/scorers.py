"""The scores of scikit-learn by their names, and how each is computed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, Literal


@dataclass(frozen=True)
class Scorer:
    """A function of `sklearn.metrics`, what it reads and how it is called.

    "labels" are the class of each row, "ranks" the order of its columns, "probabilities" the columns.
    "binary" ones are defined for two classes alone, of which the second is the positive one. `needs` says
    which classes must have rows. `part` is which one of several results is meant, and `highest` the score
    that nothing is above. `several` ones are for any number of labels a text alone.
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
    several: bool = False


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


@dataclass(frozen=True)
class ManyScorer:
    """A function of `sklearn.metrics` for any number of labels a text, of bool (R, C) and, as `reads` says,
    of what is given, bool (R, C), or of probabilities (R, C). `apart` takes each label of each text as a row
    of two classes. `needs` "both" is for scores of labels that some rows have and some have not, "some" for
    those that need one label.
    """

    function: str
    reads: Literal["labels", "probabilities"] = "labels"
    options: dict[str, Any] = field(default_factory=dict)
    apart: bool = False
    needs: Literal["any", "some", "both"] = "any"
    sign: int = 1


def _of_sets(name: str) -> dict[str, ManyScorer]:
    return {
        f"{name}_{average}": ManyScorer(f"{name}_score", options={"average": average, "zero_division": 0})
        for average in ("micro", "macro", "weighted", "samples")
    }


def _ranked(name: str, function: str, needs: Literal["some", "both"]) -> dict[str, ManyScorer]:
    averages = {
        name: "macro",
        **{f"{name}_{each}": each for each in ("micro", "macro", "weighted", "samples")},
    }
    return {
        each: ManyScorer(function, "probabilities", {"average": average}, needs=needs)
        for each, average in averages.items()
        if each != "roc_auc_samples"  # not defined of a text with no label or all
    }


MANY: Final[dict[str, ManyScorer]] = {
    "accuracy": ManyScorer("accuracy_score"),
    "zero_one_loss": ManyScorer("zero_one_loss"),
    "hamming_loss": ManyScorer("hamming_loss", apart=True),
    **_of_sets("f1"),
    **_of_sets("precision"),
    **_of_sets("recall"),
    **_of_sets("jaccard"),
    **_ranked("average_precision", "average_precision_score", "some"),
    **_ranked("roc_auc", "roc_auc_score", "both"),
    "log_loss": ManyScorer("log_loss", "probabilities", apart=True),
    "neg_log_loss": ManyScorer("log_loss", "probabilities", apart=True, sign=-1),
    "brier_score": ManyScorer("brier_score_loss", "probabilities", apart=True),
    "neg_brier_score": ManyScorer("brier_score_loss", "probabilities", apart=True, sign=-1),
    "coverage_error": ManyScorer("coverage_error", "probabilities"),
    "label_ranking_ap": ManyScorer("label_ranking_average_precision_score", "probabilities"),
    "label_ranking_loss": ManyScorer("label_ranking_loss", "probabilities"),
}
"""The scores of any number of labels a text: accuracy is the share of texts whose labels are exactly right,
and log_loss and brier_score are means over the labels of all texts.
"""

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
    **{
        name: Scorer(scorer.function, scorer.reads, several=True)
        for name, scorer in MANY.items()
        if name.endswith("_samples") or name.startswith(("average_precision_", "roc_auc_m", "roc_auc_w"))
    },
    "coverage_error": Scorer(
        "coverage_error", "probabilities", several=True, higher_is_better=False, highest=math.inf
    ),
    "label_ranking_ap": Scorer("label_ranking_average_precision_score", "probabilities", several=True),
    "label_ranking_loss": Scorer("label_ranking_loss", "probabilities", several=True, higher_is_better=False),
}
"""The scores of scikit-learn that an experiment may name, and how each is computed."""
