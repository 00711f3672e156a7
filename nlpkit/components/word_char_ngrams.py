"""The tokenizer of word and character n-grams. `build()` gives a pure, picklable function."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizing import word_char_ngrams
from nlpkit.settings.values import refuse

_MAX_N = 16


@dataclass(frozen=True)
class WordCharNgrams(Tokenizer):
    """n-grams of words and of characters, side by side, as scikit-learn's vectorizers find them.

    word_ngrams: the shortest and the longest n-gram of words; none for no words
    char_ngrams: the shortest and the longest n-gram of characters; none for no characters
    within_words: whether a character n-gram ends where its word ends, with one space on each side of a word;
        false runs over all of the text
    lowercase: fold the text to lower case first
    pattern: the regular expression of one word (Python's `re`; a group in it is not captured)
    """

    word_ngrams: tuple[int, int] | None = (1, 2)
    char_ngrams: tuple[int, int] | None = (2, 5)
    within_words: bool = True
    lowercase: bool = True
    pattern: str = r"\b\w\w+\b"

    def __post_init__(self) -> None:
        neither = self.word_ngrams is None and self.char_ngrams is None
        refuse(
            {"word_ngrams": "is none, and so is char_ngrams; give one of them"} if neither else {},
            _bad_spans(word_ngrams=self.word_ngrams, char_ngrams=self.char_ngrams),
            _bad_pattern(self.pattern),
        )

    def build(self) -> Callable[[str], list[str]]:
        return partial(
            word_char_ngrams,
            words=self.word_ngrams,
            chars=self.char_ngrams,
            within_words=self.within_words,
            lowercase=self.lowercase,
            pattern=re.compile(self.pattern),
        )


def _bad_spans(**spans: tuple[int, ...] | None) -> dict[str, str]:
    return {
        name: f"{span!r} is not two whole numbers from 1 to {_MAX_N}, the smaller one first"
        for name, span in spans.items()
        if span is not None and not _is_span(span)
    }


def _is_span(span: tuple[int, ...]) -> bool:
    return 1 <= span[0] <= span[1] <= _MAX_N


def _bad_pattern(pattern: str) -> dict[str, str]:
    try:
        empty = re.compile(pattern).match("") is not None
    except (re.error, OverflowError, RecursionError) as error:
        return {"pattern": f"{pattern!r} is not a regular expression: {error}"}
    return {"pattern": f"{pattern!r} matches the empty text"} if empty else {}
