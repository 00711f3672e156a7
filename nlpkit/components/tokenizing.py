"""What tokenizers do: pure functions from a text to its tokens. An exported model has a copy of them, so they
need Python's own library alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import chain, groupby
from typing import Literal

Tokenize = Callable[[str], list[str]]
Span = tuple[int, int]  # the shortest and the longest n

WORD = "w:"  # what is in front of a word n-gram, and
CHAR = "c:"  # of a character n-gram, so that no text makes one from the other

_CACHED_CHARS = 32  # longer words are rare, and their n-grams many


def clean(text: str, normalize: Literal["none", "NFC", "NFKC"]) -> str:
    """A text as tokenizers see it: without lone surrogates, in a Unicode form."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if normalize != "none":
            text = unicodedata.normalize(normalize, text)
    return text


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


def characters(text: str, *, lowercase: bool) -> list[str]:
    """The characters of a text without its white space.

    >>> characters("A b", lowercase=True)
    ['a', 'b']
    """
    return list("".join((text.lower() if lowercase else text).split()))


def matches(text: str, *, pattern: re.Pattern[str], lowercase: bool) -> list[str]:
    """Each non-empty match of `pattern`, whole."""
    return [match[0] for match in pattern.finditer(text.lower() if lowercase else text) if match[0]]


def ngrams(text: str, *, tokenize: Tokenize, max_n: int) -> list[str]:
    """Tokens, then pairs, then triples ...

    >>> ngrams("a b c", tokenize=str.split, max_n=2)
    ['a', 'b', 'c', 'a b', 'b c']
    """
    tokens = tokenize(text)
    grams = (map(" ".join, zip(*(tokens[i:] for i in range(n)), strict=False)) for n in range(2, max_n + 1))
    return [*tokens, *chain.from_iterable(grams)]


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
