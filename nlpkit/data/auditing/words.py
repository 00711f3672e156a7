"""The words of many texts as numbers, and which texts have which: arrays all the way.

Axes: U code points of some texts, N words of all texts, R texts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpkit.data.reading.packed import chunks

Numbers = NDArray[np.uint64]
Places = NDArray[np.int64]

_SPACE, _LETTER, _ALONE = 0, 1, 2
_CHARS: Final = 1 << 21  # whose arrays are there at once
_CODE_POINTS: Final = 0x110000
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
# Scripts without spaces between words: each sign is a word. Thai to Khmer, kana, Han
_SPACELESS: Final = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x31FF), (0x3400, 0x9FFF)),
    *((0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x323AF)),
)


@dataclass(frozen=True, eq=False)
class Words:
    """The words of R texts: `numbers` uint64 (N,), one for each distinct word, end to end, and `offsets`
    int64 (R + 1,), where each text begins.
    """

    numbers: Numbers
    offsets: Places

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def counts(self) -> Places:
        """How many words each text has."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> Places:
        """The text of each word."""
        return np.repeat(np.arange(len(self)), self.counts)


def words_of(texts: Sequence[str]) -> Words:
    """Words without regard to case and Unicode form: runs of letters and digits, and each other sign, such as
    a mark of punctuation, an emoji, or a character of Chinese.
    """
    numbers, counts = [np.empty(0, np.uint64)], [np.zeros(1, np.int64)]
    for chunk in chunks(texts):
        for some in _in_pieces(chunk):
            found = _words(list(map(folded, some)))
            numbers.append(found[0])
            counts.append(found[1])
    return Words(np.concatenate(numbers), np.concatenate(counts).cumsum())


class Distinct(NamedTuple):
    """Numbers of texts in order, equal ones next to each other: `ids` int64 (N,) from 0 on, one for each
    distinct number, and `texts` int64 (N,). `order` int64 (N,) is where each was before; `first` and `once`,
    bool (N,), mark the first of a number, and that of each text.
    """

    ids: Places
    texts: Places
    order: Places
    first: NDArray[np.bool_]
    once: NDArray[np.bool_]


def distinct(numbers: Numbers, texts: Places) -> Distinct:
    """Which numbers (N,) are the same; texts (N,) ascend."""
    order = np.argsort(numbers, kind="stable")
    numbers, texts = numbers[order], texts[order]
    first = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
    once = first | np.append(True, texts[1:] != texts[:-1])[: len(texts)]
    return Distinct(first.cumsum() - 1, texts, order, first, once)


def spelt(text: str) -> list[str]:
    """The words of one text.

    >>> spelt("Oil's up 5.5% :)")
    ['oil', "'", 's', 'up', '5', '.', '5', '%', ':', ')']
    >>> spelt("油価 UP")
    ['油', '価', 'up']
    """
    points, starts, ends, _ = _cut([folded(text)])
    return ["".join(map(chr, points[a:b].tolist())) for a, b in zip(starts, ends, strict=True)]


def folded(text: str) -> str:
    """A text without regard to case and to how its characters are composed."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _in_pieces(texts: Sequence[str]) -> list[list[str]]:
    """Some texts at a time, so that arrays of their characters stay small."""
    pieces: list[list[str]] = [[]]
    chars = 0
    for text in texts:
        if chars > _CHARS:
            pieces.append([])
            chars = 0
        pieces[-1].append(text)
        chars += len(text)
    return pieces


def _words(texts: Sequence[str]) -> tuple[Numbers, Places]:
    """The number of each word, and how many each text has."""
    points, starts, ends, of_text = _cut(texts)
    if not len(starts):
        return np.empty(0, np.uint64), np.zeros(len(texts), np.int64)
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(int((ends - starts).max()), _FACTOR, np.uint64))
        reach = np.diff(np.append(starts, len(points)))  # up to where the next word begins
        inside = np.arange(len(points)) - np.repeat(starts, reach)
        known = inside < np.repeat(ends - starts, reach)
        terms = np.where(known, mixed(points) * powers[np.minimum(inside, len(powers) - 1)], np.uint64(0))
        numbers = mixed(np.add.reduceat(terms, starts))
    return numbers, np.bincount(of_text, minlength=len(texts))


def mixed(numbers: Numbers) -> Numbers:
    """Numbers spread over all of 64 bits (Steele et al., 2014, SplitMix64)."""
    with np.errstate(over="ignore"):
        numbers = numbers + _FACTOR
        numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return numbers ^ (numbers >> np.uint64(31))


def _cut(texts: Sequence[str]) -> tuple[Numbers, Places, Places, Places]:
    """The code points of texts from the first word on, uint64 (U,); where each word begins and ends; and its
    text.
    """
    joined = "\n".join(texts).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(joined, np.uint32)
    kinds = _kinds(points)
    before = np.concatenate([[_SPACE], kinds[:-1]])
    begins = (kinds == _ALONE) | ((kinds == _LETTER) & (before != _LETTER))
    after = np.concatenate([kinds[1:], [_SPACE]])
    stops = (kinds == _ALONE) | ((kinds == _LETTER) & (after != _LETTER))
    starts, ends = np.flatnonzero(begins), np.flatnonzero(stops) + 1
    edges = np.cumsum([len(text) + 1 for text in texts])
    first = int(starts[0]) if len(starts) else 0
    return points[first:].astype(np.uint64), starts - first, ends - first, edges.searchsorted(starts, "right")


def _kinds(points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """What each code point is, uint8 (U,)."""
    table = np.zeros(_CODE_POINTS, np.uint8)
    seen = np.flatnonzero(np.bincount(points, minlength=1)) if len(points) else np.empty(0, np.int64)
    table[seen] = [_kind(point) for point in seen.tolist()]
    return table[points]


def _kind(point: int) -> int:
    char = chr(point)
    if char.isspace() or unicodedata.category(char) in ("Cc", "Cf"):
        return _SPACE
    if any(low <= point <= high for low, high in _SPACELESS):
        return _ALONE
    return _LETTER if char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M" else _ALONE
