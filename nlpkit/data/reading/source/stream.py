"""Standard input, or another stream: bytes as they come in, which may be slowly and without end."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BufferedReader
from typing import BinaryIO, cast

from nlpkit.data.reading.source.magic import other_kind, packing
from nlpkit.errors import DataError

NOTHING_HINT = "pipe in texts, or name a file"
_PIECE_SIZE = 1 << 16


class Stream:
    """A stream of bytes. Everything that came in can be answered before it is waited for more.

    `before_waiting` is called whenever nothing has come in. `idle` says whether no further line is there yet,
    so that records are passed on one by one.
    """

    def __init__(
        self,
        stream: BinaryIO,
        before_waiting: Callable[[], None] = lambda: None,
        *,
        name: str = "standard input",
    ) -> None:
        self.name = name
        self.idle = True
        self._read = getattr(stream, "read1", stream.read)  # what is there, without waiting to fill a piece
        self._stream, self._before_waiting = cast("BufferedReader", stream), before_waiting

    def pieces(self) -> Iterator[bytes]:
        """What has come in, piece by piece. Nothing at all and packed files are refused."""
        piece = self._waited_for()
        self._check(piece)
        while piece:
            following = self._there_already()
            self.idle = b"\n" not in (following or b"")
            yield piece
            if following == b"":  # a terminal would have to be told twice
                return
            piece = self._waited_for()

    def _waited_for(self) -> bytes:
        there = self._there_already()
        if there is None:
            self._before_waiting()
        return b"" if there == b"" else self._read(_PIECE_SIZE)

    def _there_already(self) -> bytes | None:
        """Some of what follows; nothing at the end, None where it has not come in or nobody can tell."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            if select.select([self._stream], [], [], 0)[0]:
                return self._stream.peek(1)
        return None

    def _check(self, head: bytes) -> None:
        if not head:
            raise DataError("nothing came in", hint=NOTHING_HINT, location=self.name)
        if packed := packing(head):
            kind, hint = f"packed with {packed}", f"unpack it with {_TOOLS[packed]}, or name the file"
        elif other := other_kind(head):
            kind, hint = other.what, "pipe in text"
        else:
            return
        raise DataError(f"this is {kind}, not text", hint=hint, location=self.name)


_TOOLS = {"gzip": "gzip -dc", "bzip2": "bzip2 -dc", "xz": "xz -dc"}
