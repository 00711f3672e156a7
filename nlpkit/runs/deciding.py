"""Words that go with what a model predicts: in all test texts, and in single ones.

Axes: R texts, W distinct words, C classes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Final

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
_LEAST_CHANCE: Final = 1e-9  # whose log-odds are told apart
_MOST_LEFT_OUT: Final = 80  # words of a text
# in scripts without spaces each sign is a word
_SIGN: Final = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
_WORD: Final = re.compile(f"{_SIGN}|(?:(?!{_SIGN})\\w)+")


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
    has = [sorted({each.lower() for each in _WORD.findall(test.texts[place])}) for place in places]
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


def left_out(result: Result, place: int, text: str) -> list[list[Any]]:
    """A text in pieces, each beside how far the log-odds of its predicted class fall without it, in nats;
    none for what is no word. Empty where it has too many words, or fewer than two.

    It is asked of the model itself, a text for each word: leave-one-out (Li, Monroe and Jurafsky, 2016,
    "Understanding Neural Networks through Representation Erasure").
    """
    import numpy as np

    spans = [found.span() for found in _WORD.finditer(text)]
    if not 2 <= len(spans) <= _MOST_LEFT_OUT or result.model.decision.multi_label:
        return []
    without = [text[:start] + text[end:] for start, end in spans]
    predicted = int(result.predicted[place])
    found = result.model.probabilities([text, *without], workers=1)[:, predicted]
    found = np.clip(found, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    whole, *rest = np.log(found / (1 - found)).tolist()
    drops = {start: round(whole - each, 4) for (start, _), each in zip(spans, rest, strict=True)}
    edges = sorted({0, len(text), *chain.from_iterable(spans)})
    return [[text[start:end], drops.get(start)] for start, end in pairwise(edges)]
