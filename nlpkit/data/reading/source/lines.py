"""Text to lines, which end in LF, CRLF or CR and in nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from nlpkit.data.reading.notes import line_breaks
from nlpkit.errors import DataError

# A line may hold several texts, and JSON writes some characters as six.
CHARS_A_LINE = 10
_LONG_LINE = 1 << 13


class Lines:
    """The lines of a text that comes in chunks, each with the break that ends it; they are read once.

    A line of more than `max_chars` characters is refused, so that memory stays bounded. `few` says whether
    records are to be passed on one by one: no further line may come for a while, or lines are long.
    """

    def __init__(
        self,
        chunks: Iterable[str],
        *,
        name: str,
        max_chars: int,
        idle: Callable[[], bool] = lambda: False,
    ) -> None:
        self.few = False
        self._chunks, self._name, self._max_chars, self._idle = chunks, name, max_chars, idle

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._whole_lines())  # no Python for each line

    def _whole_lines(self) -> Iterator[Iterable[str]]:
        pending: list[str] = []
        pending_chars = 0
        line = 1
        held = ""  # a CR that may be the first half of a CRLF
        for chunk in self._chunks:
            chunk = held + chunk
            held = "\r" if chunk.endswith("\r") else ""
            chunk = chunk.removesuffix("\r")
            cut = max(chunk.rfind("\n"), chunk.rfind("\r")) + 1
            if cut:
                whole = "".join(pending) + chunk[:cut]
                breaks = line_breaks(whole)
                self.few = self._idle() or len(whole) > _LONG_LINE * breaks
                yield io.StringIO(whole, newline="")
                line += breaks
                pending, pending_chars = [], 0
            pending.append(chunk[cut:])
            pending_chars += len(chunk) - cut
            if pending_chars > self._max_chars:
                raise too_long(f"{self._name}:{line}", self._max_chars)
        if last := "".join(pending) + held:
            yield [last]


def too_long(location: str, max_chars: int) -> DataError:
    """The refusal of a line or a text of more than `max_chars` characters."""
    return DataError(
        f"more than {max_chars:,} characters in one text",
        hint="raise max_chars if that is right, or look for a missing line break or quote",
        location=location,
    )
