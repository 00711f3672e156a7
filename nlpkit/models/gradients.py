"""Integrated gradients of a model of raw texts, for the words that one reads.

Axes: T tokens of a text that a classifier reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit.models.explanation import Span
from nlpkit.models.places import joined, shown_token, spans_of
from nlpkit.ragged import Ragged
from nlpkit.text.indexing import encode
from nlpkit.vocab import UNKNOWN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.parts import Explainable, Part
    from nlpkit.nn.integrated import Inputs


@dataclass(frozen=True, eq=False)
class Gradients:
    """Fields of an `Explanation`."""

    tokens: tuple[str, ...]
    weights: NDArray[np.float64]
    spans: tuple[Span | None, ...]
    gap: float


@dataclass(frozen=True, eq=False)
class _Read:
    """What a classifier reads of a text: tokens, where they are, and the inputs that they make."""

    tokens: Sequence[str]
    spans: Sequence[Span | None]
    inputs: Inputs


def gradients(model: Explainable, text: str, label: int) -> Gradients | None:
    """The shares of words and n-grams in the log-odds of a class; None where a classifier has no seam for
    vectors and is not linear.
    """
    from nlpkit.nn.integrated import integrated_gradients
    from nlpkit.nn.modes import plain_modes
    from nlpkit.nn.prediction import in_eval_mode

    with plain_modes(), ExitStack() as stack:
        if any(part.classifier.head.weight.is_cuda for part in model.parts):
            stack.enter_context(_without_cudnn())
        read = []
        for part in model.parts:
            stack.enter_context(in_eval_mode(part.classifier))
            found = _read(part, text)
            if found is None:
                return None
            read.append(found)
        of = partial(model.decision.log_odds, label=label)
        shares = integrated_gradients([each.inputs for each in read], model.factors, of)
    return _gathered(text, read, [each.tolist() for each in shares.weights], shares.gap)


def _without_cudnn() -> AbstractContextManager[None]:
    """Its recurrent networks have no gradients in eval mode."""
    import torch

    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(enabled=False)
    return flags


def _read(part: Part, text: str) -> _Read | None:
    """None where gradients cannot be taken of it."""
    from nlpkit.nn.integrated import inputs_of

    tokenize = part.indexing.tokenize
    tokens = tokenize(text)
    spans = spans_of(text, tokens, tokenize)
    if not tokens:  # a text of none is unknown
        tokens, spans = [UNKNOWN], [None]
    kept = part.kept(len(tokens)).tolist()
    ids = encode([text], tokenize, part.vocab).values[kept]
    inputs = inputs_of(part.classifier, Ragged.from_rows([ids.tolist()]), part.collate)
    if inputs is None:
        return None
    return _Read([tokens[place] for place in kept], [spans[place] for place in kept], inputs)


def _gathered(text: str, read: Sequence[_Read], shares: Sequence[Sequence[float]], gap: float) -> Gradients:
    """The shares of all classifiers, added up for each place in the text, and for each name without one."""
    import numpy as np

    places = joined([span for each in read for span in each.spans if span is not None])
    at, named = dict.fromkeys(places, 0.0), defaultdict[str, float](float)
    for token, span, share in _each(read, shares):
        if span is None:
            named[shown_token(token)] += share
        else:
            at[next(place for place in places if place[0] <= span[0] and span[1] <= place[1])] += share
    tokens = [*(text[start:end] for start, end in places), *named]
    weights = np.array([*at.values(), *named.values()], np.float64)
    return Gradients(tuple(tokens), weights, (*places, *[None] * len(named)), gap)


def _each(
    read: Sequence[_Read], shares: Sequence[Sequence[float]]
) -> Iterator[tuple[str, Span | None, float]]:
    for each, some in zip(read, shares, strict=True):
        yield from zip(each.tokens, each.spans, some, strict=True)
