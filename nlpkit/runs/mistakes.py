"""The test texts worth reading: where the model was sure and wrong, where it was unsure, and what it took for
what.

Axes: R test texts, C classes, U labels that training never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nlpkit.data.reading.labels.sets import joined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.runs.result import Result

    Places = NDArray[np.int64]
    Row = dict[str, Any]

SURE: Final = 12
UNSURE: Final = 8
CONFUSIONS: Final = 6
OF_EACH: Final = 3
TEXT_CHARS: Final = 600


@dataclass(frozen=True, eq=False)
class Mistakes:
    """The places, int64, of test texts: `sure` and wrong, the surest first; `unsure`, right or wrong, the
    least sure first; and of each pair of classes that is confused, the most frequent first, some.
    """

    sure: Places
    unsure: Places
    confused: tuple[Places, ...] = ()


def mistakes(result: Result) -> Mistakes:
    """Of a text with any number of labels, the label counts whose probability is farthest on the wrong side
    of its threshold, or nearest to it.
    """
    if result.model.decision.multi_label:
        return _of_sets(result)
    import numpy as np

    found, gold, predicted = result.probabilities, result.gold, result.predicted
    if not len(gold):
        return Mistakes(np.empty(0, int), np.empty(0, int))
    likeliest = np.sort(found, axis=1)[:, -2:]
    wrong = np.flatnonzero(predicted != gold)
    wrong = wrong[np.argsort(-likeliest[wrong, -1], kind="stable")]
    margin = likeliest[:, -1] - likeliest[:, 0] if found.shape[1] > 1 else likeliest[:, -1]
    pairs, counts = np.unique(np.stack([gold[wrong], predicted[wrong]]), axis=1, return_counts=True)
    confused = [
        wrong[(gold[wrong] == pair[0]) & (predicted[wrong] == pair[1])][:OF_EACH]
        for pair in pairs.T[np.argsort(-counts, kind="stable")][:CONFUSIONS]
    ]
    return Mistakes(wrong[:SURE], np.argsort(margin, kind="stable")[:UNSURE], tuple(confused))


def _of_sets(result: Result) -> Mistakes:
    import numpy as np

    above = _above(result)  # (R, C)
    gold = result.gold[:, : above.shape[1]]
    wrong_by = np.where(gold != result.predicted, np.abs(above), -1.0).max(axis=1, initial=-1.0)
    worst = np.argsort(-wrong_by, kind="stable")
    nearest = np.abs(above).min(axis=1, initial=1.0)
    return Mistakes(
        worst[wrong_by[worst] >= 0][:SURE], np.argsort(nearest, kind="stable")[: min(UNSURE, len(gold))]
    )


def _above(result: Result) -> NDArray[np.float64]:
    """How far each probability (R, C) is above the threshold of its label."""
    import numpy as np

    thresholds = result.model.decision.thresholds
    return result.probabilities - (np.asarray(thresholds) if thresholds else 0.5)


def row_of(result: Result, place: int) -> Row:
    """A test text for a person: its row, its gold label, what was predicted, both with their probabilities,
    and how it begins. The probability of a label that training never saw is none.
    """
    test, names = result.splits.test, result.model.labels.names
    text = " ".join(test.texts[place].split())
    shown = {"row": test.rows[place], "text": text[:TEXT_CHARS], "cut": len(text) > TEXT_CHARS}
    found = result.probabilities[place]
    if result.model.decision.multi_label:
        return {**_of_set(result, place), **shown}
    gold, predicted = int(result.gold[place]), int(result.predicted[place])
    return {
        "gold": test.labels[place],
        "predicted": names[predicted],
        "probability": round(float(found[predicted]), 6),
        "gold_probability": round(float(found[gold]), 6) if gold >= 0 else None,
        **shown,
    }


def _of_set(result: Result, place: int) -> Row:
    """The labels of a text, and the one that it is shown for."""
    import numpy as np

    test, names = result.splits.test, result.model.labels.names
    predicted, above = result.predicted[place], np.abs(_above(result)[place])
    wrong = result.gold[place, : len(names)] != predicted
    label = int(np.where(wrong, above, -1.0).argmax() if wrong.any() else above.argmin())
    return {
        "gold": test.labels[place],
        "predicted": joined((names[each] for each in np.flatnonzero(predicted)), test.separator),
        "label": names[label],
        "probability": round(float(result.probabilities[place, label]), 6),
        "gold_probability": None,
    }
