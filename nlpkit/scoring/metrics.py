"""Scores by their scikit-learn names, computed by scikit-learn.

A score is a function of gold class ids, int64 (R,), and probabilities, float64 (R, C). A negative id is a
label that training never saw. Each of them is a class of its own for the scores of labels, which are thus
what scikit-learn says of the names. The scores of probabilities leave these rows out, and for those of ranks
they are errors.
"""

from __future__ import annotations

import inspect
import math
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nlpkit.errors import did_you_mean
from nlpkit.notes import Note
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.system.terminal import counted, listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.vocab import Labels

    Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Metric:
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


def _roc_auc(multi_class: str, average: str, needs: Literal["two", "every"] = "every") -> Metric:
    options = {"multi_class": multi_class, "average": average}
    return Metric("roc_auc_score", "probabilities", needs=needs, options=options)


def _likelihood_ratio(part: int, **given: Any) -> Metric:
    options = {"replace_undefined_by": 1.0}
    return Metric("class_likelihood_ratios", binary=True, needs="every", options=options, part=part, **given)


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
    "top_k_accuracy": Metric("top_k_accuracy_score", "ranks"),
    "log_loss": Metric("log_loss", "probabilities", higher_is_better=False),
    "neg_log_loss": Metric("log_loss", "probabilities", sign=-1, highest=0.0),
    "d2_log_loss_score": Metric("d2_log_loss_score", "probabilities", needs="two"),
    "roc_auc": Metric("roc_auc_score", "probabilities", binary=True, needs="every"),
    "roc_auc_ovr": _roc_auc("ovr", "macro"),
    "roc_auc_ovo": _roc_auc("ovo", "macro"),
    "roc_auc_ovr_weighted": _roc_auc("ovr", "weighted", "two"),  # a class without rows weighs nothing
    "roc_auc_ovo_weighted": _roc_auc("ovo", "weighted"),
    "average_precision": Metric("average_precision_score", "probabilities", needs="positive"),
    "brier_score": Metric("brier_score_loss", "probabilities", higher_is_better=False),
    "neg_brier_score": Metric("brier_score_loss", "probabilities", sign=-1, highest=0.0),
    "d2_brier_score": Metric("d2_brier_score", "probabilities", needs="two"),
    "positive_likelihood_ratio": _likelihood_ratio(0, highest=math.inf),
    "neg_negative_likelihood_ratio": _likelihood_ratio(1, sign=-1, highest=0.0),
}

_ALONE = threading.Lock()  # filters of warnings belong to the process

# what scikit-learn raises; the last two if it is an older one
_REFUSALS = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class Scores:
    """`values` by metric name; one that is not defined here is NaN, and `undefined` says why."""

    values: dict[str, float]
    undefined: dict[str, str]
    notes: tuple[Note, ...]


def scores(
    names: Sequence[str],
    gold: Ids,
    found: NDArray[np.float64],
    decision: Decision = SINGLE_LABEL,
    labels: Labels | None = None,
) -> Scores:
    """Each named score of gold ids (R,) and probabilities (R, C), from which `decision` makes labels.

    `labels` are the classes of the model, for the words of reasons and notes.
    """
    rows = _Rows(gold, found, decision.labels(found), _class_names(labels, found.shape[1]))
    values, undefined = dict[str, float](), dict[str, str]()
    for name in names:
        values[name], reason = _score(METRICS[name], rows)
        if reason:
            undefined[name] = f"{name} is not defined here: {reason}"
    return Scores(values, undefined, (*map(Note, undefined.values()), *_notes(names, rows)))


def why_undefined(name: str, gold: Ids, labels: Labels) -> str:
    """Why a score cannot be defined for gold ids (R,), whatever is found; empty if it can."""
    reason = _lacking(METRICS[name], gold, _class_names(labels, len(labels)))
    return f"{name} is not defined here: {reason}" if reason else ""


@dataclass(frozen=True, eq=False)
class _Rows:
    """What is scored: gold ids (R,), probabilities (R, C), the labels made of them (R,), and class names."""

    gold: Ids
    found: NDArray[np.float64]
    labels: Ids
    classes: Sequence[str]


def _class_names(labels: Labels | None, classes: int) -> Sequence[str]:
    return labels.names if labels else [f"class {number}" for number in range(classes)]


def _without_rows(gold: Ids, classes: Sequence[str]) -> list[str]:
    present = set(gold.tolist())
    return [name for number, name in enumerate(classes) if number not in present]


def _notes(names: Sequence[str], rows: _Rows) -> Iterator[Note]:
    """Labels that training never saw, and classes without rows: what a score cannot show by itself."""
    count = int((rows.gold < 0).sum())
    if count:
        have, they = counted(count, "row has", "rows have"), "it is" if count == 1 else "they are"
        without = ", ".join(name for name in names if METRICS[name].reads == "probabilities")
        said = f"{have} a label that training never saw, which counts as an error"
        yield Note(f"{said}; {they} left out of {without}" if without else said)
    absent = _without_rows(rows.gold, rows.classes)
    if absent and len(rows.gold):
        over = len(set(rows.gold.tolist()) | set(rows.labels.tolist()))
        mean = f"the {counted(over, 'class that is', 'classes that are')}"
        yield Note(
            f"no row has the label {listed(absent)}; macro averages are over {mean} a label or a prediction"
        )


def _score(metric: Metric, rows: _Rows) -> tuple[float, str]:
    """The score; NaN and the reason where there is none."""
    import numpy as np

    if bad := int((~np.isfinite(rows.found).all(axis=1)).sum()):
        return math.nan, f"the probabilities of {bad:,} of {counted(len(rows.gold), 'row')} are not numbers"
    if reason := _lacking(metric, rows.gold, rows.classes):
        return math.nan, reason
    with _ALONE, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # those of classes without rows: the report shows their support
        try:
            value = _computed(metric, rows)
        except _REFUSALS as error:
            return math.nan, _first_sentence(str(error))
    if math.isfinite(value):
        return value, ""
    if len({*rows.gold.tolist(), *rows.labels.tolist()}) == 1:
        return math.nan, "all labels and all predictions are of one class"
    return math.nan, _first_sentence(str(caught[-1].message)) if caught else f"it is {value:g}"


def _first_sentence(text: str) -> str:
    return " ".join(text.split()).split(". ")[0].rstrip(".")


def _lacking(metric: Metric, gold: Ids, classes: Sequence[str]) -> str:
    """What is missing for a score of gold ids (R,), whatever is found; empty if nothing is."""
    if metric.binary and len(classes) != 2:
        return f"it needs two classes, and there {'is' if len(classes) == 1 else 'are'} {len(classes)}"
    if not len(gold):
        return "there are no rows"
    if metric.function == "class_likelihood_ratios" and (gold < 0).any():
        return "it needs two classes, and rows have labels that training never saw"
    if metric.reads != "labels" and len(classes) < 2:
        return "it needs two classes or more, and there is 1"
    if metric.reads == "probabilities" and (gold < 0).all():
        return "there are no rows of a known class"
    absent = _without_rows(gold, classes)
    if metric.needs == "two" and len(classes) - len(absent) < 2:
        return f"all rows have the label {listed([name for name in classes if name not in absent])}"
    if metric.needs == "positive" and len(classes) == 2:
        absent = [name for name in absent if name == classes[1]]
    return (
        f"no row has the label {listed(absent)}" if absent and metric.needs in ("every", "positive") else ""
    )


def _computed(metric: Metric, rows: _Rows) -> float:
    import numpy as np
    import sklearn.metrics  # type: ignore[import-untyped]

    function = getattr(sklearn.metrics, metric.function)
    options, share = dict(metric.options), 1.0
    if metric.reads == "labels":
        value = function(rows.gold, rows.labels, **options)
    else:
        seen, classes = rows.gold >= 0, len(rows.classes)
        gold, found = rows.gold[seen], rows.found[seen]
        if "labels" in inspect.signature(function).parameters:
            options["labels"] = np.arange(classes)
        value = function(gold, found[:, 1] if classes == 2 else found, **options) if len(gold) else 0.0
        share = float(seen.mean()) if metric.reads == "ranks" else 1.0
    return share * metric.sign * float(value if metric.part is None else value[metric.part])
