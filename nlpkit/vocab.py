"""Vocab: token to id and back. Labels: class name to id and back."""

from __future__ import annotations

import reprlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Gold: TypeAlias = "NDArray[Any]"
"""What texts have: class ids int64 (R,), or bool (R, C) where they have any number of labels."""
PADDING_ID: Final = 0
"""The id that fills up short texts in a PaddedBatch; no token has it."""
UNKNOWN_ID: Final = 1
"""The id of a token that has none of its own, and of a text without tokens."""
PADDING: Final = "<pad>"
"""What the padding id is called in `Vocab.names`."""
UNKNOWN: Final = "<unk>"
"""What the unknown id is called in `Vocab.names`."""


class Vocab:
    """An id for each token, in this order: padding 0, unknown 1, `specials`, `tokens`, then `buckets` for
    hashed words. ValueError where a token is given twice.

    The first two and the specials are not words: a text that contains "<unk>" gets the id of an
    ordinary token, if that is one, and never a special id. A word that is no token gets the unknown id
    or, where there are buckets, one of those by its CRC-32 (feature hashing, Weinberger et al., 2009).

    >>> vocab = Vocab(["the", "a"])
    >>> len(vocab), vocab["a"], vocab["cat"], vocab.names[:3]
    (4, 3, 1, ['<pad>', '<unk>', 'the'])
    """

    def __init__(self, tokens: Sequence[str], *, specials: Sequence[str] = (), buckets: int = 0) -> None:
        self.tokens = tuple(tokens)
        self.specials = tuple(specials)
        self.buckets = buckets
        first = 2 + len(self.specials)
        self._ids = _Ids(zip(self.tokens, range(first, first + len(self.tokens)), strict=True))
        if len(self._ids) != len(self.tokens):
            raise ValueError("a token is given twice")
        self._ids.first_bucket = first + len(self.tokens)
        self._ids.buckets = buckets

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int],
        *,
        min_count: int = 1,
        max_size: int | None = None,
        specials: Sequence[str] = (),
        buckets: int = 0,
    ) -> Vocab:
        """The tokens seen `min_count` times or more, the most frequent first, ties in string order.

        `max_size` bounds the ids in all, padding, unknown and specials included and buckets not: the
        order and the bound of torchtext's `build_vocab_from_iterator(..., max_tokens=max_size)`.
        """
        kept = sorted((-count, token) for token, count in counts.items() if count >= min_count)
        room = None if max_size is None else max(0, max_size - 2 - len(specials))
        return cls([token for _, token in kept[:room]], specials=specials, buckets=buckets)

    def __repr__(self) -> str:
        return f"<Vocab: {len(self):,} ids>"

    def __len__(self) -> int:
        """Every id there is, buckets included: the rows of an embedding table."""
        return 2 + len(self.specials) + len(self.tokens) + self.buckets

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __getitem__(self, token: str) -> int:
        return self._ids[token]

    def ids(self, tokens: Iterable[str]) -> list[int]:
        """One id a token; the unknown id alone where there is no token: a text is never empty."""
        return list(map(self._ids.__getitem__, tokens)) or [UNKNOWN_ID]

    def special(self, name: str) -> int:
        """The id of a special: of "<pad>", "<unk>", or one that the vocabulary was given."""
        return (PADDING, UNKNOWN, *self.specials).index(name)

    @property
    def names(self) -> list[str]:
        """A name for each id, in order."""
        hashed = [f"<bucket {i}>" for i in range(self.buckets)]
        return [PADDING, UNKNOWN, *self.specials, *self.tokens, *hashed]


class _Ids(dict[str, int]):
    """Token to id; a missing token gets its bucket or the unknown id and is not stored."""

    first_bucket = 0
    buckets = 0

    def __missing__(self, token: str) -> int:
        if not self.buckets:
            return UNKNOWN_ID
        return self.first_bucket + zlib.crc32(token.encode("utf-8", "surrogatepass")) % self.buckets


class Labels:
    """Class names, each with an id: its place in `names`. ValueError where a name is given twice.

    >>> labels = Labels.of(["Sports", "World", "Sports"])
    >>> labels.names, labels["World"], labels.ids(["Sports", "Chess", "Go"]).tolist()
    (('Sports', 'World'), 1, [0, -1, -2])
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._ids = {name: i for i, name in enumerate(self.names)}
        if len(self._ids) != len(self.names):
            raise ValueError("a class name is given twice")

    def __repr__(self) -> str:
        """The first six names.

        >>> Labels("abcdefgh")
        Labels(['a', 'b', 'c', 'd', 'e', 'f', ...])
        """
        return f"Labels({reprlib.repr(list(self.names))})"

    @classmethod
    def of(cls, labels: Iterable[str]) -> Labels:
        """The distinct labels in string order."""
        return cls(sorted(set(labels)))

    def and_others(self, labels: Iterable[str]) -> Labels:
        """These classes, and behind them those of `labels` that are none of them, in string order.

        >>> Labels(["Sports", "World"]).and_others(["Go", "World", "Chess"]).names
        ('Sports', 'World', 'Chess', 'Go')
        """
        return Labels([*self.names, *sorted(set(labels) - self._ids.keys())])

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    def __getitem__(self, name: str) -> int:
        return self._ids[name]

    def matrix(self, label_sets: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
        """Bool (R, C + U), which texts have which label: the C classes, and behind them the U names that are
        no class here, in string order.

        >>> Labels(["art", "oil"]).matrix([("oil",), (), ("art", "go")]).astype(int).tolist()
        [[0, 1, 0], [0, 0, 0], [1, 0, 1]]
        """
        import numpy as np

        every = self.and_others(name for names in label_sets for name in names)
        found = np.zeros((len(label_sets), len(every)), bool)
        for row, names in enumerate(label_sets):
            found[row, [every[name] for name in names]] = True
        return found

    def ids(self, labels: Iterable[str]) -> NDArray[np.int64]:
        """Int64, one id a label; each name that is no class here has a negative id of its own, from -1."""
        import numpy as np

        return np.fromiter(map(_WithOthers(self._ids).__getitem__, labels), np.int64)


class _WithOthers(dict[str, int]):
    """Class name to id; a name that is missing gets the next negative one, and keeps it."""

    others = 0

    def __missing__(self, name: str) -> int:
        self.others -= 1
        self[name] = self.others
        return self.others
