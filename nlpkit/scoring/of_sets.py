"""Scores of texts with any number of labels, computed by scikit-learn.

Labels that training never saw are columns behind the classes, which nothing predicts: they count as errors of
labels, and scores of probabilities leave them out.

Axes: R rows, C classes, U labels that training never saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nlpkit.notes import Note
from nlpkit.scoring.metric import Metric, ScoredRows
from nlpkit.scoring.scorers import MANY
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Marks = NDArray[np.bool_]


def lacking_of_sets(metric: str | Metric, gold: Marks) -> str:
    """Why there is no score of gold (R, C + U), whatever is found; empty if there is one."""
    if not len(gold):
        return "there are no rows"
    name = metric if isinstance(metric, str) else metric.scikit_name
    if not name:
        own = isinstance(metric, Metric) and metric.multi_label
        return "" if own else "it is for one label a text, and these have any number"
    if name not in MANY:
        return "it is for one label a text, and these have any number"
    if gold.shape[1] == 1 and name == "average_precision_samples":
        return "it orders the labels of a text, and there is one"
    counts, needs = gold.sum(axis=0), MANY[name].needs
    if needs == "some" and not gold.any():
        return "no row has a label"
    if needs == "both" and (same := int(((counts == 0) | (counts == len(gold))).sum())):
        return f"{counted(same, 'label is', 'labels are')} in no row, or in all of them"
    return ""


def score_of_sets(name: str, rows: ScoredRows) -> float:
    """The score of rows for which nothing is lacking."""
    import numpy as np
    import sklearn.metrics  # type: ignore[import-untyped]

    scorer = MANY[name]
    function, options = getattr(sklearn.metrics, scorer.function), dict(scorer.options)
    gold, found = rows.gold, rows.predicted
    if scorer.reads == "probabilities":
        gold, found = rows.gold[:, : len(rows.classes)], rows.probabilities
    alone = gold.shape[1] == 1
    if scorer.apart or (alone and scorer.needs != "any"):
        if scorer.function == "log_loss":
            options["labels"] = [False, True]
        return scorer.sign * float(function(gold.ravel(), found.ravel(), **options))
    if alone:  # scikit-learn takes one column for classes: beside it is a label that nobody has or is given
        gold, found = (np.pad(each, ((0, 0), (0, 1))) for each in (gold, found))
        options |= {"labels": [0]} if "zero_division" in options else {}
    return float(function(gold, found, **options))


def notes_of_sets(rows: ScoredRows) -> Iterator[Note]:
    """Labels that training never saw, and those no row has: what a score cannot show by itself."""
    classes = len(rows.classes)
    if unseen := int(rows.gold[:, classes:].any(axis=1).sum()):
        have = counted(unseen, "row has", "rows have")
        yield Note(f"{have} a label that training never saw: an error of labels, left out of probabilities")
    absent = [name for name, count in zip(rows.classes, rows.gold.sum(axis=0), strict=False) if not count]
    if absent and len(rows):
        listed = ", ".join(absent[:5]) + (f" and {len(absent) - 5:,} more" if len(absent) > 5 else "")
        yield Note(f"no row has the label {listed}, whose F1 counts as 0 in macro averages")
