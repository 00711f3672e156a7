"""Tokenizers: text to tokens. Each `build()` gives a pure, picklable function."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain, groupby

from nlpkit.components.kinds import Tokenizer
from nlpkit.settings.values import refuse, whole

Tokenize = Callable[[str], list[str]]


@dataclass(frozen=True)
class BasicEnglish(Tokenizer):
    """Lower-case words and punctuation: what torchtext 0.18 calls "basic_english", token for token."""

    def build(self) -> Tokenize:
        return basic_english


def basic_english(text: str) -> list[str]:
    """Lower-case tokens of an English text.

    >>> basic_english("It's new; really!")
    ['it', "'", 's', 'new', 'really', '!']
    """
    # torchtext's order matters: quotes that go can leave a "<br />". Chained `replace` tokenizes 180,000
    # AG News texts a second on one core, one `translate` 40,000
    text = text.lower().replace("'", " ' ").replace('"', "").replace(".", " . ").replace("<br />", " ")
    text = text.replace(",", " , ").replace("(", " ( ").replace(")", " ) ").replace("!", " ! ")
    return text.replace("?", " ? ").replace(";", " ").replace(":", " ").split()


@dataclass(frozen=True)
class Unicode(Tokenizer):
    """Runs of letters, digits and marks, and single other characters, in any script.

    Joiners and other invisible characters are part of the word around them, and no tokens of their own.

    lowercase: fold the text to lower case first
    """

    lowercase: bool = True

    def build(self) -> Tokenize:
        return partial(unicode_words, lowercase=self.lowercase)


def unicode_words(text: str, *, lowercase: bool) -> list[str]:
    """Words and single symbols of a text in any script.

    >>> unicode_words("Don't stop: \u0928\u092e\u0938\u094d\u0924\u0947!", lowercase=True)
    ['don', "'", 't', 'stop', ':', '\u0928\u092e\u0938\u094d\u0924\u0947', '!']
    """
    text = text.lower() if lowercase else text
    return (_ASCII_PATTERN if text.isascii() else _unicode_pattern()).findall(text)


_ASCII_PATTERN = re.compile(r"\w+|[^\w\s]")


@cache
def _unicode_pattern() -> re.Pattern[str]:
    """A word, two letters of a flag, or one symbol with its marks and what a joiner ties to it.

    As in Unicode Standard Annex 29, marks, joiners and format characters are a part of the word that they
    stand in; U+200B, the zero width space, is none. Where it and format characters are in no word, they are
    no token.
    """
    mark, unseen = _ranges("M") + "\u200c\u200d", _ranges("Cf")
    symbol = rf"[^\w\s{unseen}{_ZERO_WIDTH_SPACE}]"
    return re.compile(
        rf"\w(?:[\w{mark}]|[{unseen}]+[\w{mark}])*"
        rf"|[{_FLAG_LETTERS}]{{2}}|{symbol}(?:\u200d{symbol}|[{mark}{_EMOJI_MARKS}])*"
    )


def _ranges(category: str) -> str:
    """All characters of a category but U+200B, for a character class: as ranges, which are found faster."""
    # marks and format characters lie below U+1E94B, or from U+E0001 to U+E01EF
    chars = map(chr, chain(range(0x1E94B), range(0xE0001, 0xE01F0)))
    found = [c for c in chars if unicodedata.category(c).startswith(category) and c != _ZERO_WIDTH_SPACE]
    runs = [[c for _, c in run] for _, run in groupby(enumerate(found), lambda at: ord(at[1]) - at[0])]
    return "".join(f"{run[0]}-{run[-1]}" for run in runs)


_ZERO_WIDTH_SPACE = "\u200b"
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
_EMOJI_MARKS = "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"  # skin tones, and the tags of regional flags


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


def characters(text: str, *, lowercase: bool) -> list[str]:
    """The characters of a text without its white space.

    >>> characters("A b", lowercase=True)
    ['a', 'b']
    """
    return list("".join((text.lower() if lowercase else text).split()))


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


def matches(text: str, *, pattern: re.Pattern[str], lowercase: bool) -> list[str]:
    """Each non-empty match of `pattern`, whole."""
    return [match[0] for match in pattern.finditer(text.lower() if lowercase else text) if match[0]]


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


def ngrams(text: str, *, tokenize: Tokenize, max_n: int) -> list[str]:
    """Tokens, then pairs, then triples ...

    >>> ngrams("a b c", tokenize=str.split, max_n=2)
    ['a', 'b', 'c', 'a b', 'b c']
    """
    tokens = tokenize(text)
    grams = (map(" ".join, zip(*(tokens[i:] for i in range(n)), strict=False)) for n in range(2, max_n + 1))
    return [*tokens, *chain.from_iterable(grams)]
