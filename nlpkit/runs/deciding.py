"""Words that go with what a model predicts, in all test texts.

Axes: R texts, W distinct words, C classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from nlpkit.models.left_out import WORD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.runs.result import Result

MOST_TEXTS: Final = 20_000  # of more, every so manieth
MOST_CLASSES: Final = 60
OF_EACH: Final = 12
_LEAST_TEXTS: Final = 3  # with a word
_PRIOR: Final = 500  # words that are taken to be seen before, as in all texts; of few words, a tenth of them
_CLEAR: Final = 1.96  # standard errors above nothing


def typical_words(result: Result) -> dict[str, Any]:
    """Of each predicted class the words that its texts have most above all others: the log-odds ratio with an
    informative Dirichlet prior, in standard errors (Monroe, Colaresi and Quinn, 2008, "Fightin' Words",
    section 3.3.1 to 3.5). A word counts once a text.
    """
    import numpy as np

    names, test = result.model.labels.names, result.splits.test
    if not len(test) or not 2 <= len(names) <= MOST_CLASSES:
        return {}
    places = range(0, len(test), -(-len(test) // MOST_TEXTS))
    has = [sorted({each.lower() for each in WORD.findall(test.texts[place])}) for place in places]
    texts_with = Counter(chain.from_iterable(has))
    words = [word for word, count in texts_with.items() if count >= _LEAST_TEXTS and not word.isdigit()]
    if len(words) < 2:
        return {}
    ids = {word: number for number, word in enumerate(words)}
    given = _given(result)[list(places)]
    counts = np.zeros((len(names), len(words)))
    for row, found in zip(given, has, strict=True):
        known = [ids[word] for word in found if word in ids]
        for label in np.flatnonzero(row):
            counts[label, known] += 1
    classes = [
        {"name": name, "texts": int(given[:, label].sum()), "words": list(_clearest(counts, label, words))}
        for label, name in enumerate(names)
    ]
    return {"texts": len(places), "classes": [each for each in classes if each["words"]]}


def _given(result: Result) -> NDArray[np.bool_]:
    """Which text is given which class, bool (R, C)."""
    import numpy as np

    predicted = result.predicted
    if predicted.ndim > 1:
        return predicted.astype(bool)
    given: NDArray[np.bool_] = predicted[:, None] == np.arange(len(result.model.labels))
    return given


def _clearest(counts: NDArray[np.float64], label: int, words: list[str]) -> Iterator[list[Any]]:
    """The words of a class with their standard errors above the other classes; counts are (C, W)."""
    import numpy as np

    prior = np.maximum(
        min(_PRIOR / max(1.0, counts.sum()), 0.1) * counts.sum(axis=0), 1e-9
    )  # of words of no text, too
    here = counts[label]
    there = counts.sum(axis=0) - here
    if not here.any() or not there.any():
        return
    one, two = here + prior, there + prior
    odds = np.log(one / (one.sum() - one)) - np.log(two / (two.sum() - two))
    above = odds / np.sqrt(1 / one + 1 / two)
    for place in np.argsort(-above, kind="stable")[:OF_EACH].tolist():
        if above[place] > _CLEAR:
            yield [words[place], round(float(above[place]), 3), int(here[place])]
