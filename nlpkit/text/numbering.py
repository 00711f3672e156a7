"""TextColumns of texts to ids, on several cores where it would take long on one.

Each process numbers the tokens of its share of each column in the order it meets them. The vocabulary is
counted from all shares, and ids replace the numbers share by share: how many processes there were decides
nothing but the time.

R rows of a column, N tokens of it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from mmap import mmap
from time import process_time
from typing import TYPE_CHECKING, BinaryIO, Final

from nlpkit.ragged import BLOCK_SIZE, Ragged, blocks
from nlpkit.system.forking import can_fork, cores, in_parts
from nlpkit.vocab import UNKNOWN_ID, Vocab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tokenize = Callable[[str], list[str]]
TextColumns = Sequence[Sequence[str]]

_LONG_SECONDS: Final = 2.0  # from here on processes are worth starting
_SAMPLE_TEXTS: Final = 64
_SAMPLE_SECONDS: Final = 0.05
_NOTHING: Final = (None,)  # stands for the tokens of a text that has none, and has the number 0


class _Seen(dict[str | None, int]):
    """Tokens numbered from 1 as they are met."""

    def __missing__(self, token: str | None) -> int:
        number = self[token] = len(self)
        return number


@dataclass(frozen=True, eq=False)
class Share:
    """What one process gives: its tokens, of which the first has the number 1; of each column the numbers,
    int32 (N,), and the tokens of each text, int64 (R,).
    """

    tokens: list[str]
    numbers: list[NDArray[np.int32]]
    lengths: list[NDArray[np.int64]]

    def of(self, columns: Sequence[int | None]) -> Share:
        """The share with these of its columns, and one without texts for each None."""
        no_numbers, no_lengths = self.numbers[0][:0], self.lengths[0][:0]
        numbers = [no_numbers if place is None else self.numbers[place] for place in columns]
        lengths = [no_lengths if place is None else self.lengths[place] for place in columns]
        return Share(self.tokens, numbers, lengths)


@dataclass(frozen=True, eq=False)
class Numbered:
    """All columns, in shares of them that follow each other: tokens as numbers, which a vocabulary makes
    ids of.
    """

    shares: list[Share]

    @property
    def size(self) -> int:
        """The tokens of all columns."""
        return sum(len(numbers) for share in self.shares for numbers in share.numbers)

    @property
    def _token_lists(self) -> dict[int, list[str]]:
        """Each list of tokens once, by its identity: shares may have theirs in common."""
        return {id(share.tokens): share.tokens for share in self.shares}

    def counts(self, column: int) -> dict[str, int]:
        """How often a column has each of its tokens."""
        import numpy as np

        sums = {key: np.zeros(len(tokens) + 1, np.int64) for key, tokens in self._token_lists.items()}
        for share in self.shares:
            for block in blocks(share.numbers[column]):
                sums[id(share.tokens)] += np.bincount(block, minlength=len(share.tokens) + 1)
        counts: dict[str, int] = {}
        for key, tokens in self._token_lists.items():
            seen = np.flatnonzero(sums[key][1:])
            for place, count in zip(seen.tolist(), sums[key][1:][seen].tolist(), strict=True):
                counts[tokens[place]] = counts.get(tokens[place], 0) + count
        return counts

    def offsets(self, column: int) -> NDArray[np.int64]:
        """Int64 (R + 1,): where each text of a column starts, and where the last one ends."""
        import numpy as np

        lengths = [share.lengths[column] for share in self.shares]
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(lengths))])

    def joined(self) -> Numbered:
        """As if the texts of the second column stood behind those of the first."""
        others = range(2, len(self.shares[0].numbers))
        first = [share.of([0, None, *others]) for share in self.shares]
        second = [share.of([1, None, *(None for _ in others)]) for share in self.shares]
        return Numbered([*first, *second])

    def under(self, vocab: Vocab) -> TokenIds:
        """The ids that a vocabulary gives them."""
        import numpy as np

        tables = {
            key: np.array([UNKNOWN_ID, *vocab.ids(tokens)], np.int32)
            for key, tokens in self._token_lists.items()
        }
        return TokenIds(self, [tables[id(share.tokens)] for share in self.shares])


@dataclass(frozen=True, eq=False)
class TokenIds:
    """Columns of ids: the numbers, and for each share a table from number to id, int32."""

    numbered: Numbered
    tables: list[NDArray[np.int32]]

    def pieces(self, column: int) -> Iterator[NDArray[np.int32]]:
        """The ids of a column in pieces, int32; a text without tokens has the unknown id alone."""
        for share, table in zip(self.numbered.shares, self.tables, strict=True):
            for block in blocks(share.numbers[column]):
                yield table[block]

    def ragged(self, column: int) -> Ragged:
        """The ids of a column, in memory."""
        import numpy as np

        offsets = self.numbered.offsets(column)
        values = np.empty(offsets[-1], np.int32)
        start = 0
        for block in self.pieces(column):
            values[start : start + len(block)] = block
            start += len(block)
        return Ragged(values, offsets)


def number_tokens(columns: TextColumns, tokenize: Tokenize, *, parts: int | None = None) -> Numbered:
    """Tokenize all texts of some columns, in `parts` processes, or in as many as pay."""
    parts = _worthwhile(columns, tokenize) if parts is None else parts
    if parts > 1 and can_fork():
        # without a place for what they write; an OSError of the tokenizer is raised again below
        with suppress(OSError):
            written = in_parts(partial(_number_share, columns, tokenize, parts), parts)
            return Numbered(list(map(_share, written)))
    file = BytesIO()
    _number_share(columns, tokenize, 1, 0, file)
    return Numbered([_share(file.getbuffer())])


def _worthwhile(columns: TextColumns, tokenize: Tokenize) -> int:
    """As many processes as there are cores, where the time for a few texts says that all take long."""
    texts = max(columns, key=len, default=())
    sample = [texts[place] for place in range(0, len(texts), max(1, len(texts) // _SAMPLE_TEXTS))]
    for text in sample[:1]:  # the first one may have something to load
        tokenize(text)
    seen, numbers = _Seen({None: 0}), array("i")
    started, projected = process_time(), 0.0
    for tried, text in enumerate(sample, 1):
        numbers.extend(map(seen.__getitem__, tokenize(text) or _NOTHING))
        seconds = process_time() - started
        projected = seconds / tried * sum(map(len, columns))
        if seconds > _SAMPLE_SECONDS:
            break
    return cores() if can_fork() and projected > _LONG_SECONDS else 1


def _number_share(columns: TextColumns, tokenize: Tokenize, shares: int, share: int, file: BinaryIO) -> None:
    """Write one of so many shares: the numbers and then the lengths of all columns, then what they are."""
    seen = _Seen({None: 0})
    lengths = [array("q") for _ in columns]
    for texts, rows in zip(columns, lengths, strict=True):
        numbers = array("i")
        for text in texts[len(texts) * share // shares : len(texts) * (share + 1) // shares]:
            before = len(numbers)
            numbers.extend(map(seen.__getitem__, tokenize(text) or _NOTHING))
            rows.append(len(numbers) - before)
            if len(numbers) > BLOCK_SIZE:
                file.write(numbers)
                numbers = array("i")
        file.write(numbers)
    for rows in lengths:
        file.write(rows)
    facts = {"rows": list(map(len, lengths)), "tokens": list(islice(seen, 1, None))}
    about = json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    file.write(about)
    file.write(len(about).to_bytes(8, "little"))


def _share(written: mmap | bytes | memoryview) -> Share:
    """What `_number_share` wrote, without a copy of the numbers."""
    import numpy as np

    end = len(written) - 8
    size = int.from_bytes(written[end:], "little")
    about = json.loads(bytes(written[end - size : end]).decode("utf-8", "surrogatepass"))
    lengths_size = 8 * sum(about["rows"])
    flat = np.frombuffer(written, np.int64, sum(about["rows"]), end - size - lengths_size)
    lengths = np.split(flat, np.cumsum(about["rows"])[:-1])
    numbers = np.frombuffer(written, np.int32, (end - size - lengths_size) // 4)
    ends = np.cumsum([rows.sum() for rows in lengths])
    return Share(about["tokens"], np.split(numbers, ends[:-1]), lengths)
