"""Texts that were damaged before they came here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlpkit.data.reading.source.garbled import was_misread


def damaged(texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The places of damaged texts, and what is wrong with each.

    >>> list(damaged(["caf\\u00e9", "caf\\u00c3\\u00a9", "caf\\ufffd"]))
    [(1, 'read in the wrong encoding'), (2, 'characters were lost')]
    """
    for place, text in enumerate(texts):
        if text.isascii():
            continue
        if "\ufffd" in text:
            yield place, "characters were lost"
        elif was_misread(text):
            yield place, "read in the wrong encoding"
