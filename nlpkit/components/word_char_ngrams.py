"""The tokenizer of word and character n-grams. `build()` gives a pure, picklable function."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from nlpkit.components.kinds import Tokenizer
from nlpkit.settings.values import refuse

Span = tuple[int, int]  # the shortest and the longest n

WORD = "w:"  # what is in front of a word n-gram, and
CHAR = "c:"  # of a character n-gram, so that no text makes one from the other

_MAX_N = 16
_CACHED_CHARS = 32  # longer words are rare, and their n-grams many


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


def word_char_ngrams(
    text: str,
    *,
    words: Span | None,
    chars: Span | None,
    within_words: bool,
    lowercase: bool,
    pattern: re.Pattern[str],
) -> list[str]:
    """The word n-grams of a text, each with `w:` in front, then its character n-grams, with `c:`."""
    text = text.lower() if lowercase else text
    found: list[str] = []
    if words is not None:
        tokens = [match[0] for match in pattern.finditer(text) if match[0]]
        marked = [WORD + token for token in tokens]
        for n in range(words[0], words[1] + 1):
            found += map(" ".join, zip(marked, *(tokens[i:] for i in range(1, n)), strict=False))
    if chars is not None and within_words:
        for word in text.split():
            found += (_of_word if len(word) <= _CACHED_CHARS else _of_long_word)(word, *chars)
    elif chars is not None:
        found += _char_ngrams(_WHITE_SPACE.sub(" ", text), *chars)
    return found


_WHITE_SPACE = re.compile(r"\s\s+")


def _char_ngrams(text: str, low: int, high: int) -> list[str]:
    return [CHAR + text[i : i + n] for n in range(low, high + 1) for i in range(len(text) - n + 1)]


def _of_long_word(word: str, low: int, high: int) -> tuple[str, ...]:
    """The n-grams of a word between two spaces; one that is shorter than `low` is whole."""
    size = len(word) + 2
    return tuple(_char_ngrams(f" {word} ", min(low, size), min(high, size)))


_of_word = lru_cache(maxsize=1 << 14)(_of_long_word)  # most words of a text were in the last few thousand


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
