"""Which encoding a file may have that is not UTF-8, by its bytes."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress

_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_BEYOND = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(r"[^\W\d_]+")
_NEARLY = 0.9


def plausible_encoding(data: bytes) -> str:
    """The setting for an encoding of one byte a character that makes words of some bytes; "" for others.

    >>> plausible_encoding("Größe, à la café – 5 €".encode("cp1252"))
    'encoding = "cp1252"'
    >>> plausible_encoding("Größe, café".encode() + bytes([0xFF])), plausible_encoding(bytes(range(128, 256)))
    ('', '')
    """
    if 2 * sum(map(len, _UTF8.findall(data))) >= len(_BEYOND.findall(data)):  # damaged UTF-8, or none needed
        return ""
    for encoding, fits in (("cp1252", _western), ("cp1251", _cyrillic)):
        with suppress(UnicodeDecodeError):
            words = [word for word in _WORD.findall(data.decode(encoding)) if not word.isascii()]
            if sum(map(fits, words)) >= _NEARLY * len(words):
                return f'encoding = "{encoding}"'
    return ""


def _western(word: str) -> bool:
    """Whether a word with letters beyond ASCII has at least as many in it, or is one letter.

    One with ÿ, which hardly any word has, is the byte 0xff of something else.
    """
    return "ÿ" not in word and (len(word) == 1 or 2 * sum(map(str.isascii, word)) >= len(word))


def _cyrillic(word: str) -> bool:
    """Whether a word is Cyrillic: in small letters, but for the first, or in capitals."""
    script = all(unicodedata.name(char).startswith("CYRILLIC") for char in word)
    return script and (word[1:].islower() or word.isupper() or len(word) == 1)
