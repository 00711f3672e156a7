"""Texts some thousand at a time, and as bytes for another process."""

from __future__ import annotations

import reprlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

from nlpkit.errors import InputError

PIECE_TEXTS: Final = 8192  # to fork a process that has loaded torch takes as long as predicting 500
PIECE_CHARS: Final = 1 << 22


def texts_of(texts: Iterable[str]) -> Iterable[str]:
    """The texts; TypeError where they are none one after the other, but one text or a table."""
    if isinstance(texts, str | bytes):
        raise TypeError("a list of texts is expected, not one text")
    if isinstance(texts, Mapping) or hasattr(texts, "columns") or not isinstance(texts, Iterable):
        raise TypeError(f"a list of texts is expected, not {type(texts).__name__}")
    return texts


def packed_texts(texts: Sequence[str]) -> bytes:
    """Texts as bytes: how many, the characters of each, and the characters."""
    sizes = array("I", [len(texts), *map(len, texts)])
    return sizes.tobytes() + "".join(texts).encode("utf-8", "surrogatepass")


def unpacked_texts(packed: bytes) -> list[str]:
    """The texts that `packed_texts` was given."""
    size = array("I").itemsize
    [count] = array("I", packed[:size])
    behind = (count + 1) * size
    text = packed[behind:].decode("utf-8", "surrogatepass")
    places = accumulate(array("I", packed[size:behind]), initial=0)
    return [text[start:end] for start, end in pairwise(places)]


def pieces(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts some thousand at a time, less where they are long."""
    piece: list[str] = []
    chars = 0
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(
                f"texts[{place}] is {reprlib.repr(text)}, but a string is expected",
                hint="fill in or leave out what is missing, and decode bytes",
            )
        piece.append(text)
        chars += len(text)
        if len(piece) == PIECE_TEXTS or chars > PIECE_CHARS:
            yield piece
            piece, chars = [], 0
    if piece:
        yield piece
