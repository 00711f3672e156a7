"""Leave-one-out: what a model says of a text without one of its words, which any model can be asked.

Axes: W words of a text, C classes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nlpkit.models.explanation import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.parts import Explainable

# in scripts without spaces each sign is a word
_SIGN: Final = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
WORD: Final = re.compile(f"{_SIGN}|(?:(?!{_SIGN})\\w)+")
_MOST: Final = 100.0  # nats, where a probability is 0 or 1


def words_of(text: str) -> list[Span]:
    """Start and end of each word."""
    return [found.span() for found in WORD.finditer(text)]


def left_out(
    model: Explainable, texts: Sequence[str], labels: Sequence[int]
) -> list[tuple[list[Span], NDArray[np.float64]]]:
    """The words of each text, and how far the log-odds of its label fall without each: float64 (W,), nats.

    The model is asked itself, a text for each word, those of all texts together (Li, Monroe and Jurafsky,
    2016, "Understanding Neural Networks through Representation Erasure").
    """
    import numpy as np
    import torch

    spans = [words_of(text) for text in texts]
    asked = [
        [text, *(text[:start] + text[end:] for start, end in words)]
        for text, words in zip(texts, spans, strict=True)
    ]
    logits = torch.from_numpy(model.logits([each for some in asked for each in some]))
    found, done = [], 0
    for some, words, label in zip(asked, spans, labels, strict=True):
        odds = model.decision.log_odds(logits[done : done + len(some)], label)
        whole, *rest = odds.nan_to_num(0.0).clamp(-_MOST, _MOST).tolist()
        found.append((words, whole - np.array(rest, np.float64)))
        done += len(some)
    return found
