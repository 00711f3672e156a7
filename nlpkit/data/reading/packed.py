"""Many texts in one block of bytes, and many texts piece by piece."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice, repeat
from operator import eq
from typing import Final, Self, overload

from nlpkit.system.spilled import SpilledBytes

_TEXTS_AT_ONCE: Final = 1 << 16  # whose memory is given back when they have been read


class PackedTexts(Sequence[str]):
    """A sequence of texts that takes their UTF-8 bytes and 16 more each; Python's own strings take 57 more.
    Where there are many, their bytes are in a temporary file.

    Processes that are forked read it without a copy, where strings are copied with their reference counts.

    >>> texts = PackedTexts(["oil", "caf\u00e9", "art"])
    >>> texts[1], texts.take([2, 0]) == ["art", "oil"], list(texts[:2])
    ('caf\u00e9', True, ['oil', 'caf\u00e9'])
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._content = SpilledBytes()
        self._starts, self._ends = array("q"), array("q")
        self.extend(texts)

    def extend(self, texts: Iterable[str]) -> None:
        """Add texts at the end."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        places = array("q", accumulate(map(len, encoded), initial=len(self._content)))
        self._content.append(b"".join(encoded))
        self._starts += places[:-1]
        self._ends += places[1:]

    def take(self, indices: Iterable[int]) -> Self:
        """The texts at `indices`, in that order, without a copy of them."""
        indices = list(indices)
        starts, ends = (map(each.__getitem__, indices) for each in (self._starts, self._ends))
        return self._over(array("q", starts), array("q", ends))

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> PackedTexts: ...
    def __getitem__(self, index: int | slice) -> str | PackedTexts:
        if isinstance(index, slice):
            return self._over(self._starts[index], self._ends[index])
        content = self._content.view()[self._starts[index] : self._ends[index]]
        return str(content, "utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return map(str, self.utf8(), repeat("utf-8"), repeat("surrogatepass"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    def __repr__(self) -> str:
        return f"<PackedTexts: {len(self):,} texts>"

    def utf8(self) -> Iterator[memoryview]:
        """The bytes of each text, without a copy."""
        return chain.from_iterable(self._views())  # no Python for each text

    def _views(self) -> Iterator[Iterator[memoryview]]:
        for first in range(0, len(self), _TEXTS_AT_ONCE):
            texts = slice(first, first + _TEXTS_AT_ONCE)
            places = map(slice, self._starts[texts], self._ends[texts])
            yield map(memoryview.__getitem__, repeat(self._content.view()), places)
            self._content.let_go()

    def _over(self, starts: array[int], ends: array[int]) -> Self:
        """Other texts of the same bytes."""
        view = type(self)()
        view._content, view._starts, view._ends = self._content, starts, ends
        return view


_CHUNK_TEXTS = 128
_CHUNK_CHARS = 1 << 20


def chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """All texts in order, 128 at a time, or one at a time where these are longer than a million characters.

    What is made of a chunk stays small in memory, and costs are those of C and not of Python.
    """
    rest = iter(texts)
    while chunk := list(islice(rest, _CHUNK_TEXTS)):
        if sum(map(len, chunk)) <= _CHUNK_CHARS:
            yield chunk
        else:
            yield from ([text] for text in chunk)


def utf8_chunks(texts: Iterable[str]) -> Iterator[Sequence[bytes | memoryview]]:
    """The same in UTF-8; lone surrogates are in it as they are."""
    if isinstance(texts, PackedTexts):
        rest = texts.utf8()
        while chunk := list(islice(rest, _CHUNK_TEXTS)):
            yield chunk
        return
    for several in chunks(texts):
        yield [text.encode("utf-8", "surrogatepass") for text in several]
