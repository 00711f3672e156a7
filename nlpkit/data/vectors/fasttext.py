"""The .bin of fastText: a dictionary, and a matrix of word rows and character n-gram rows.

Bojanowski et al., 2017, "Enriching Word Vectors with Subword Information". The layout is that of
`FastText::saveModel`, the n-grams those of `Dictionary::computeSubwords`, in fastText 0.9.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.vectors.kept import Kept
    from nlpkit.data.vectors.source import Source
    from nlpkit.errors import DataError

MAGIC: Final = (793712314).to_bytes(4, "little")
_BLOCK_BYTES: Final = 1 << 20
_SUPERVISED: Final = 3
_MAX_NGRAM: Final = 1000  # longer ones are damage: fastText's own default is 6


@dataclass(frozen=True)
class _Shape:
    """What the front of the file says."""

    size: int
    buckets: int
    min_ngram: int
    max_ngram: int
    entries: int
    words: int


def read_fasttext(source: Source, kept: Kept) -> None:
    """Keep fastText's vector of every token that has one: its own row, its n-grams' rows, or both."""
    import numpy as np

    shape = _read_front(source)
    rows_of = _read_dictionary(source, shape, kept)
    known = len(rows_of)
    tokens: list[bytes] = []
    numbers, rows = array("q"), array("q")  # a token's place in `tokens`, beside each of its rows
    for token in kept.tokens:
        own = [rows_of[token]] if token in rows_of else []
        own += ngram_rows(token, shape.words, shape.buckets, shape.min_ngram, shape.max_ngram)
        if own:
            numbers.extend([len(tokens)] * len(own))
            rows.extend(own)
            tokens.append(token)
    means = _row_means(source, shape, np.array(numbers, np.int64), np.array(rows, np.int64), len(tokens))
    for token, mean in zip(tokens, means, strict=True):
        kept.keep(token, mean, "")
    if len(tokens) > known:
        kept.note(f"{len(tokens) - known:,} of them from character n-grams alone")


def ngram_rows(word: bytes, words: int, buckets: int, min_ngram: int, max_ngram: int) -> list[int]:
    """The rows of a word's character n-grams: 32-bit FNV-1a over bytes that are signed.

    >>> ngram_rows(b"a", 10, 1000, 2, 3)
    [760, 610, 816]
    """
    if not buckets or word == b"</s>":
        return []
    text = b"<" + word + b">"
    starts = [i for i, byte in enumerate(text) if byte & 0xC0 != 0x80]  # of UTF-8 characters
    ends = [*starts[1:], len(text)]
    rows = []
    for first, start in enumerate(starts):
        value = 2166136261
        for length, end in enumerate(ends[first : first + max_ngram], 1):
            for byte in text[start:end]:
                value = (value ^ (byte if byte < 0x80 else byte | 0xFFFFFF00)) * 16777619 & 0xFFFFFFFF
            start = end
            if length >= min_ngram and not (length == 1 and (first == 0 or end == len(text))):
                rows.append(words + value % buckets)
    return rows


def peeked_width(source: Source) -> int:
    """How many numbers its vectors have."""
    front = source.peek(12)
    if len(front) < 12:
        raise source.truncated("the front of the file")
    return int.from_bytes(front[8:], "little", signed=True)


def _read_front(source: Source) -> _Shape:
    _, version = source.numbers("2i", "the magic number")
    if version not in (11, 12):
        raise source.refusal(f"fastText file version {version} is not known", "11 and 12 are")
    arguments = source.numbers("12id", "the arguments of its training")
    size, model, buckets, min_ngram, max_ngram = (arguments[i] for i in (0, 7, 8, 9, 10))
    if version == 11 and model == _SUPERVISED:
        max_ngram = 0  # as fastText reads it
    entries, words, labels, _, pruned = source.numbers("3i2q", "the front of the dictionary")
    if not (entries == words + labels and min(words, labels, buckets) >= 0 <= max_ngram <= _MAX_NGRAM):
        raise source.refusal("the front of the file contradicts itself", "it is damaged: download it again")
    if pruned > 0:
        raise _quantised(source)
    return _Shape(size, buckets, min_ngram, max_ngram, entries, words)


def _read_dictionary(source: Source, shape: _Shape, kept: Kept) -> dict[bytes, int]:
    """The row of each word that the vocabulary has; labels, which follow the words, are none."""
    rows: dict[bytes, int] = {}
    for row in range(shape.entries):
        what = f"entry {row + 1:,} of {shape.entries:,} of the dictionary"
        place = f" at byte {source.offset:,}"
        word = source.until(b"\0", what)
        source.take(9, what)  # int64 count, int8 type
        if row < shape.words and (token := kept.wants(word, place)):
            rows.setdefault(token, row)
    return rows


def _row_means(
    source: Source, shape: _Shape, numbers: NDArray[np.int64], rows: NDArray[np.int64], tokens: int
) -> NDArray[np.float32]:
    """The mean of the `rows` of each token number, float32 (tokens, size), in one pass of the matrix."""
    import numpy as np

    height = _matrix_height(source, shape)
    order = np.argsort(rows, kind="stable")
    numbers, rows = numbers[order], rows[order]
    total = np.zeros((tokens, shape.size), np.float32)
    step = max(1, _BLOCK_BYTES // (4 * shape.size))
    for first in range(0, height, step):
        height_here = min(step, height - first)
        data = source.take(4 * shape.size * height_here, f"row {first:,} of {height:,} of the matrix")
        low, high = np.searchsorted(rows, (first, first + height_here))
        block = np.frombuffer(data, "<f4").reshape(height_here, shape.size)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused by its word
            np.add.at(total, numbers[low:high], block[rows[low:high] - first])
    return total / np.bincount(numbers, minlength=tokens).astype(np.float32)[:, None]


def _matrix_height(source: Source, shape: _Shape) -> int:
    (quantised,) = source.numbers("?", "the front of the matrix")
    if quantised:
        raise _quantised(source)
    height, width = source.numbers("2q", "the front of the matrix")
    if (height, width) != (shape.words + shape.buckets, shape.size):
        message = f"a matrix of {height:,} x {width:,} where {shape.words + shape.buckets:,} x {shape.size:,}"
        raise source.refusal(f"{message} is expected", "it is damaged: download it again")
    return int(height)


def _quantised(source: Source) -> DataError:
    hint = "give the .bin from before `fasttext quantize`, or the .vec"
    return source.refusal("this fastText model is quantised: its vectors are no longer there", hint, "")
