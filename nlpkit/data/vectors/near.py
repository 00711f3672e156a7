"""Tokens that a file of vectors has in another form: what a poor coverage comes from, and what mends it."""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

from nlpkit.system.terminal import counted

_TOLD_FRACTION: Final = 0.05  # of the vocabulary: fewer are names and slips of the pen
_ENDS: Final = string.punctuation.encode()
_LOWER: Final = "in lower case"
_CAPITALS: Final = "with capitals"
_BARE: Final = "without the punctuation at their ends"
_ADVICE: Final = {
    _LOWER: "a tokenizer that folds case finds them (lowercase = true)",
    _CAPITALS: "a tokenizer that keeps case finds them (lowercase = false)",
    _BARE: 'a tokenizer that splits it off finds them, such as "unicode"',
}


class NearMisses:
    """What the words of a file say about tokens that are written in another way there."""

    def __init__(self, tokens: Collection[bytes]) -> None:
        self._count = len(tokens)
        self._as_written: dict[bytes, list[tuple[str, bytes]]] = defaultdict(list)
        self._folded: set[bytes] = set()
        self._seen: dict[str, set[bytes]] = {form: set() for form in _ADVICE}
        for token in tokens:
            if (lower := _lower(token)) != token:
                self._as_written[lower].append((_LOWER, token))
            else:
                self._folded.add(token)
            if (bare := token.strip(_ENDS)) not in (b"", token):
                self._as_written[bare].append((_BARE, token))

    def see(self, word: bytes) -> None:
        """Take note of a word of the file."""
        if word in self._as_written:
            for form, token in self._as_written[word]:
                self._seen[form].add(token)
        if (lower := _lower(word)) != word and lower in self._folded:
            self._seen[_CAPITALS].add(lower)

    def told(self, found: Collection[bytes]) -> Iterator[str]:
        """A sentence for each form that many of the tokens have, those that are `found` left out."""
        for form, advice in _ADVICE.items():
            others = sorted(self._seen[form].difference(found))
            if len(others) > _TOLD_FRACTION * self._count:
                shown = ", ".join(repr(token.decode("utf-8", "replace")) for token in others[:3])
                there = counted(len(others), "other token is there", "other tokens are there")
                yield f"{there} {form} ({shown}): {advice}"


def _lower(word: bytes) -> bytes:
    return word.lower() if word.isascii() else word.decode("utf-8", "replace").lower().encode()
