"""Scores by their scikit-learn names, computed by scikit-learn, and those of other metrics.

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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit.notes import Note
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.scoring.metric import Metric, ScoredRows, name_of
from nlpkit.scoring.of_sets import lacking_of_sets, notes_of_sets, score_of_sets
from nlpkit.scoring.scorers import METRICS as METRICS
from nlpkit.scoring.scorers import Scorer
from nlpkit.system.terminal import counted, listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.vocab import Gold, Labels

    Ids = NDArray[np.int64]


def called_alike(metrics: Iterable[str | Metric]) -> str:
    """The problem of two metrics whose scores have one name; empty where there are none."""
    apart = by_name(metrics)
    told = [f"two metrics are called {name_of(one)}" for one in metrics if apart[name_of(one)] != one]
    return ", and ".join(told)


def by_name(metrics: Iterable[str | Metric]) -> dict[str, str | Metric]:
    """Metrics by the names of their scores."""
    return {name_of(metric): metric for metric in metrics}


def higher_is_better(metric: str | Metric) -> bool:
    return METRICS[metric].higher_is_better if isinstance(metric, str) else metric.higher_is_better


def highest(metric: str | Metric) -> float:
    """The score that nothing is above."""
    return METRICS[metric].highest if isinstance(metric, str) else metric.highest


_NO_ROWS = "there are no rows"
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
    metrics: Sequence[str | Metric],
    gold: Gold,
    found: NDArray[np.float64],
    decision: Decision = SINGLE_LABEL,
    labels: Labels | None = None,
) -> Scores:
    """Each score of gold ids (R,), or bool (R, C + U), and probabilities (R, C), from which `decision` makes
    labels.

    `labels` are the classes of the model, for the words of reasons and notes.
    """
    rows = ScoredRows.of(gold, found, decision, labels)
    values, undefined = dict[str, float](), dict[str, str]()
    for name, metric in by_name(metrics).items():
        values[name], reason = score_of(metric, rows)
        if reason:
            undefined[name] = f"{name} is not defined here: {reason}"
    if decision.multi_label:
        return Scores(values, undefined, (*map(Note, undefined.values()), *notes_of_sets(rows)))
    names = [name for name, metric in by_name(metrics).items() if isinstance(metric, str)]
    return Scores(values, undefined, (*map(Note, undefined.values()), *_notes(names, rows)))


def why_undefined(metric: str | Metric, gold: Gold, labels: Labels) -> str:
    """Why a score cannot be defined for gold ids (R,), or bool (R, C), whatever is found; empty if it can."""
    if gold.ndim > 1:
        reason = lacking_of_sets(metric, gold)
        return f"{name_of(metric)} is not defined here: {reason}" if reason else ""
    if isinstance(metric, Metric):
        return "" if len(gold) else f"{metric.name} is not defined here: {_NO_ROWS}"
    reason = _lacking(METRICS[metric], gold, labels.names)
    return f"{metric} is not defined here: {reason}" if reason else ""


def _without_rows(gold: Ids, classes: Sequence[str]) -> list[str]:
    present = set(gold.tolist())
    return [name for number, name in enumerate(classes) if number not in present]


def _notes(names: Sequence[str], rows: ScoredRows) -> Iterator[Note]:
    """Labels that training never saw, and classes without rows: what a score cannot show by itself."""
    count = int((rows.gold < 0).sum())
    if count:
        have, they = counted(count, "row has", "rows have"), "it is" if count == 1 else "they are"
        without = ", ".join(name for name in names if METRICS[name].reads == "probabilities")
        said = f"{have} a label that training never saw, which counts as an error"
        yield Note(f"{said}; {they} left out of {without}" if without else said)
    absent = _without_rows(rows.gold, rows.classes)
    if absent and len(rows.gold):
        over = len(set(rows.gold.tolist()) | set(rows.predicted.tolist()))
        mean = f"the {counted(over, 'class that is', 'classes that are')}"
        yield Note(
            f"no row has the label {listed(absent)}; macro averages are over {mean} a label or a prediction"
        )


def score_of(metric: str | Metric, rows: ScoredRows) -> tuple[float, str]:
    """The score; NaN and the reason where there is none."""
    import numpy as np

    if bad := int((~np.isfinite(rows.probabilities).all(axis=1)).sum()):
        return math.nan, f"the probabilities of {bad:,} of {counted(len(rows.gold), 'row')} are not numbers"
    if rows.decision.multi_label and (reason := lacking_of_sets(metric, rows.gold)):
        return math.nan, reason
    if isinstance(metric, Metric):
        return _score_of_its_own(metric, rows)
    if rows.decision.multi_label:
        return _said(partial(score_of_sets, metric, rows))
    if reason := _lacking(METRICS[metric], rows.gold, rows.classes):
        return math.nan, reason
    one = len({*rows.gold.tolist(), *rows.predicted.tolist()}) == 1
    return _said(partial(_computed, METRICS[metric], rows), one_class=one)


def _said(compute: Callable[[], float], *, one_class: bool = False) -> tuple[float, str]:
    """What scikit-learn computes, or NaN and what it says of why not."""
    with _ALONE, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # those of classes without rows: the report shows their support
        try:
            value = compute()
        except _REFUSALS as error:
            return math.nan, _first_sentence(str(error))
    if math.isfinite(value):
        return value, ""
    if one_class:
        return math.nan, "all labels and all predictions are of one class"
    return math.nan, _first_sentence(str(caught[-1].message)) if caught else f"it is {value:g}"


def _score_of_its_own(metric: Metric, rows: ScoredRows) -> tuple[float, str]:
    """The score that a component computes; what it raises costs no run."""
    if not len(rows):
        return math.nan, _NO_ROWS
    try:
        value = float(metric.build()(rows))
    except ValueError as error:
        return math.nan, _first_sentence(str(error)) or "it raises ValueError"
    except Exception as error:
        return math.nan, f"it raises {type(error).__name__}: {_first_sentence(str(error))}"
    return (value, "") if math.isfinite(value) else (math.nan, f"it is {value:g}")


def _first_sentence(text: str) -> str:
    return " ".join(text.split()).split(". ")[0].rstrip(".")


def _lacking(metric: Scorer, gold: Ids, classes: Sequence[str]) -> str:
    """What is missing for a score of gold ids (R,), whatever is found; empty if nothing is."""
    if metric.several:
        return "it is for texts with any number of labels"
    if metric.binary and len(classes) != 2:
        return f"it needs two classes, and there {'is' if len(classes) == 1 else 'are'} {len(classes)}"
    if not len(gold):
        return _NO_ROWS
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


def _computed(metric: Scorer, rows: ScoredRows) -> float:
    import numpy as np
    import sklearn.metrics  # type: ignore[import-untyped]

    function = getattr(sklearn.metrics, metric.function)
    options, share = dict(metric.options), 1.0
    if metric.reads == "labels":
        value = function(rows.gold, rows.predicted, **options)
    else:
        seen, classes = rows.gold >= 0, len(rows.classes)
        gold, found = rows.gold[seen], rows.probabilities[seen]
        if "labels" in inspect.signature(function).parameters:
            options["labels"] = np.arange(classes)
        value = function(gold, found[:, 1] if classes == 2 else found, **options) if len(gold) else 0.0
        share = float(seen.mean()) if metric.reads == "ranks" else 1.0
    return share * metric.sign * float(value if metric.part is None else value[metric.part])
