"""Tokenizers: text to tokens. Each `build()` gives a pure, picklable function."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial

from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizing import Tokenize, basic_english, characters, matches, ngrams, unicode_words
from nlpkit.settings.values import refuse, whole


@dataclass(frozen=True)
class BasicEnglish(Tokenizer):
    """Lower-case words and punctuation: what torchtext 0.18 calls "basic_english", token for token."""

    def build(self) -> Tokenize:
        return basic_english


@dataclass(frozen=True)
class Unicode(Tokenizer):
    """Runs of letters, digits and marks, and single other characters, in any script.

    Joiners and other invisible characters are part of the word around them, and no tokens of their own.

    lowercase: fold the text to lower case first
    """

    lowercase: bool = True

    def build(self) -> Tokenize:
        return partial(unicode_words, lowercase=self.lowercase)


@dataclass(frozen=True)
class Whitespace(Tokenizer):
    """What stands between white space, as it is."""

    def build(self) -> Tokenize:
        return str.split


@dataclass(frozen=True)
class Character(Tokenizer):
    """Every character but white space is a token.

    lowercase: fold the text to lower case first
    """

    lowercase: bool = True

    def build(self) -> Tokenize:
        return partial(characters, lowercase=self.lowercase)


@dataclass(frozen=True)
class Regex(Tokenizer):
    """Every match of a pattern is a token (Python's `re`; a group in it is not captured).

    pattern: the regular expression of one token
    lowercase: fold the text to lower case first
    """

    pattern: str = r"\w+|[^\w\s]"
    lowercase: bool = True

    def __post_init__(self) -> None:
        try:
            empty = re.compile(self.pattern).match("") is not None
        except (re.error, OverflowError, RecursionError) as error:
            refuse({"pattern": f"{self.pattern!r} is not a regular expression: {error}"})
            return
        refuse({"pattern": f"{self.pattern!r} matches the empty text"} if empty else {})

    def build(self) -> Tokenize:
        return partial(matches, pattern=re.compile(self.pattern), lowercase=self.lowercase)


@dataclass(frozen=True)
class Ngrams(Tokenizer):
    """Another tokenizer's tokens, then their n-grams joined by a space, as torchtext 0.18 orders them.

    tokenizer: whose tokens
    max_n: the longest n-gram, in tokens
    """

    tokenizer: Tokenizer = field(default_factory=BasicEnglish)
    max_n: int = 2

    def __post_init__(self) -> None:
        refuse(whole(1, 16, max_n=self.max_n))

    def build(self) -> Tokenize:
        return partial(ngrams, tokenize=self.tokenizer.build(), max_n=self.max_n)
