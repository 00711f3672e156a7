"""A corpus as one ragged array: the ids of all texts end to end, and where each text starts."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

BLOCK_SIZE = 1 << 20
Keep = Literal["head", "tail", "both"]
"""Which tokens of a text are kept where it is cut: the first, the last, or half of them from each end."""


@dataclass(frozen=True, eq=False)
class Ragged:
    """`values` int32 (N,) and `offsets` int64 (rows + 1,): row i is values[offsets[i]:offsets[i + 1]].

    >>> rows = Ragged.from_rows([[5, 7], [9]])
    >>> len(rows), rows[0].tolist(), rows.take([1, 0]).values.tolist()
    (2, [5, 7], [9, 5, 7])
    """

    values: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @classmethod
    def from_rows(cls, rows: Iterable[Iterable[int]]) -> Self:
        """A ragged array from rows given one by one; nothing but the flat values is kept."""
        values, ends = array("i"), array("q", [0])
        for row in rows:
            values.extend(row)
            ends.append(len(values))
        return cls(np.frombuffer(values, np.int32) if values else np.empty(0, np.int32), np.array(ends))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[np.int32]:
        """The ids of one row, a view."""
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        row %= len(self)
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """int64 (rows,): the ids of each row."""
        return np.diff(self.offsets)

    def lengths_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The ids of each of the given rows, int64 like `rows`; the other rows are not looked at."""
        found: NDArray[np.int64] = self.offsets[1:][rows] - self.offsets[:-1][rows]
        return found

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Self:
        """The given rows in the given order, copied."""
        chosen = np.asarray(rows, dtype=np.int64)
        return self._gather(self.offsets[:-1][chosen], self.lengths_of(chosen))

    def truncate(self, max_tokens: int | None, keep: Keep) -> Self:
        """Each row cut to `max_tokens` ids: the first ones, the last ones, or half of each.

        "both" keeps one more of the first where `max_tokens` is odd (head and tail of Sun et al., 2019,
        "How to Fine-Tune BERT for Text Classification?", section 5.3.1).
        """
        lengths = self.lengths
        if max_tokens is None or not len(self) or int(lengths.max()) <= max_tokens:
            return self
        cut = np.minimum(lengths, max_tokens)
        starts = self.offsets[:-1]
        if keep == "head":
            return self._gather(starts, cut)
        tail_starts = self.offsets[1:] - cut
        if keep == "tail":
            return self._gather(tail_starts, cut)
        head = (max_tokens + 1) // 2  # of a row that is cut
        rows = self._gather(starts, cut)
        place = np.arange(len(rows.values)) - np.repeat(rows.offsets[:-1], cut)
        moved = place + np.repeat(tail_starts, cut)
        long = np.repeat(lengths > max_tokens, cut) & (place >= head)
        rows.values[long] = self.values[moved[long]]
        return rows

    def _gather(self, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Self:
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return type(self)(self.values[places], offsets)


def blocks(values: NDArray[np.int32]) -> Iterator[NDArray[np.int32]]:
    """A flat array in pieces of 2**20 values: what is made of one stays small beside a large corpus."""
    return (values[start : start + BLOCK_SIZE] for start in range(0, len(values), BLOCK_SIZE))


def ragged_map(texts: Iterable[str], ids_of: Callable[[str], Iterable[int]]) -> Ragged:
    """The ids of each text, one text at a time, into one flat array."""
    return Ragged.from_rows(map(ids_of, texts))
