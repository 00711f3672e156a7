"""Where a text has the tokens that a tokenizer made of it."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence

from nlpkit.components.tokenizing import CHAR, WORD

Span = tuple[int, int]
_CHUNK = re.compile(r"\S+")


def shown_token(token: str) -> str:
    """A token as a person reads it: without the mark of what kind of n-gram it is.

    >>> shown_token("w:oil price"), shown_token("c: oi"), shown_token("c:")
    ('oil price', 'oi', 'c:')
    """
    for mark in (WORD, CHAR):
        if token.startswith(mark) and token != mark:
            return token[len(mark) :].strip()
    return token


def spans_of(text: str, tokens: Sequence[str], tokenize: Callable[[str], list[str]]) -> list[Span | None]:
    """Start and end of each token in the text; None of one that stands in no word of it alone, such as an
    n-gram of several words.

    A tokenizer gives no places. So each piece between white space is tokenized by itself: what it gives are
    the first tokens of that name that are left, each where the piece has it, in any case of letters, or else
    the whole piece.
    """
    left: dict[str, deque[int]] = defaultdict(deque)
    for place, token in enumerate(tokens):
        left[token].append(place)
    spans: list[Span | None] = [None] * len(tokens)
    for chunk in _CHUNK.finditer(text):
        own = tokenize(chunk[0])
        for token, (start, end) in zip(own, _within(chunk[0], own), strict=True):
            if left[token]:
                spans[left[token].popleft()] = (chunk.start() + start, chunk.start() + end)
    return spans


def _within(chunk: str, tokens: Sequence[str]) -> Iterator[Span]:
    """Where each token is in a piece without white space."""
    lowered, after = chunk.lower(), 0
    for token in tokens:
        name = shown_token(token).lower()
        at = lowered.find(name, after) if len(lowered) == len(chunk) else -1
        at = lowered.find(name) if at < 0 and len(lowered) == len(chunk) else at
        if at < 0 or not name:
            yield 0, len(chunk)
        else:
            after = at + (1 if token.startswith(CHAR) else len(name))
            yield at, at + len(name)


def joined(spans: Sequence[Span]) -> list[Span]:
    """Spans in their order, those that overlap as one.

    >>> joined([(4, 6), (0, 2), (5, 9)])
    [(0, 2), (4, 9)]
    """
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
