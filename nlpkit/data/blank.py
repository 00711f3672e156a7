"""Texts in which there is nothing to see."""

from __future__ import annotations

from unicodedata import category


def is_blank(text: str) -> bool:
    """Whether a text has nothing but spaces, control characters and others that show nothing.

    >>> is_blank(" \\u200b"), is_blank("!")
    (True, False)
    """
    return not text[:1].isalnum() and all(char.isspace() or category(char)[0] in "CZ" for char in text)
