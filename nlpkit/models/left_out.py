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
_CHARS: Final = 1 << 22  # of all texts that are asked of at once


def words_of(text: str) -> list[Span]:
    """Start and end of each word."""
    return [found.span() for found in WORD.finditer(text)]


def left_out(model: Explainable, text: str, label: int) -> tuple[list[Span], NDArray[np.float64]]:
    """The words of a text, and how far the log-odds of a class fall without each: float64 (W,), in nats.

    The model is asked itself, a text for each word (Li, Monroe and Jurafsky, 2016, "Understanding Neural
    Networks through Representation Erasure").
    """
    import numpy as np

    words = words_of(text)
    whole = _log_odds(model, [text], label)
    at_once = max(1, _CHARS // (1 + len(text)))
    rest = [
        _log_odds(model, [text[:start] + text[end:] for start, end in words[first : first + at_once]], label)
        for first in range(0, len(words), at_once)
    ]
    return words, np.concatenate([whole[0] - each for each in rest]) if rest else np.empty(0)


def _log_odds(model: Explainable, texts: Sequence[str], label: int) -> NDArray[np.float64]:
    import torch

    odds = model.decision.log_odds(torch.from_numpy(model.logits(texts)), label)
    found: NDArray[np.float64] = odds.nan_to_num(0.0).clamp(-_MOST, _MOST).numpy()
    return found
