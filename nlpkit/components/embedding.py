"""The embedding table inside an encoder: its settings, and word vectors read from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from nlpkit.settings.checks import Settings
from nlpkit.settings.hints import briefly
from nlpkit.settings.values import number, refuse, whole
from nlpkit.settings.walk import with_settings

if TYPE_CHECKING:
    from nlpkit.errors import NlpkitError
    from nlpkit.nn.char_ngrams import CharNgrams
    from nlpkit.nn.embedding import TokenEmbedding
    from nlpkit.vocab import Vocab

MAX_NGRAM: Final = 20
DEFAULT_SIZE: Final = 64
S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class Embedding(Settings):
    """One vector a token.

    size: numbers in a vector; unless set those of `vectors`, or else 64
    init_std: standard deviation of the normal distribution that vectors start from
    dropout: fraction of the numbers dropped in training, other ones for each token
    word_dropout: fraction of the words dropped in training, each one with all its tokens in a batch; unlike
        dropout of numbers, it takes no time (Gal and Ghahramani, 2016)
    vectors: a GloVe, word2vec or fastText file that vectors start from, or a name such as "glove.6B.100d"
        that is downloaded
    frozen: keep the vectors as they start
    char_ngrams: least and most characters of the n-grams that words share their learning by, such as [3, 5]
        (Bojanowski et al., 2017); none learns each word by itself
    char_ngram_buckets: vectors of n-grams; those with the same hash share one
    """

    size: int | None = None
    init_std: float = 0.1
    dropout: float = 0.0
    word_dropout: float = 0.0
    vectors: str | Path | None = None
    frozen: bool = False
    char_ngrams: tuple[int, int] | None = None
    char_ngram_buckets: int = 50_000

    def __post_init__(self) -> None:
        vectors, width = _recognised(self.vectors)
        object.__setattr__(self, "vectors", vectors)
        if self.size is None:
            object.__setattr__(self, "size", width)  # None again where that is not known yet
        wrong = isinstance(vectors, str) and self.size != width
        told = f"{briefly(self.size)}, and {vectors} has vectors of {width} numbers; set it to {width}"
        refuse(
            {"size": told} if wrong else whole(1, 65_536, size=self.size),
            number(0, 1000, init_std=self.init_std),
            number(0, 0.99, dropout=self.dropout, word_dropout=self.word_dropout),
            _bad_lengths(self.char_ngrams),
            whole(1, 10_000_000, char_ngram_buckets=self.char_ngram_buckets),
        )

    def problems_here(self) -> Iterator[NlpkitError]:
        """A file of vectors that cannot be read."""
        from nlpkit.data.vectors.fetched import vectors_problems

        yield from vectors_problems(self.vectors)

    def width(self) -> int:
        """The size, or where it is unset that of the file of vectors."""
        from nlpkit.data.vectors.fetched import vectors_file
        from nlpkit.data.vectors.reading import vectors_width

        if self.size is None and self.vectors is not None:
            return vectors_width(vectors_file(self.vectors))
        return self.size or DEFAULT_SIZE

    def portable(self) -> Self:
        """Without the vectors file and the n-grams: a bundle holds the vectors themselves."""
        return replace(self.begun(), char_ngrams=None)

    def begun(self) -> Self:
        return replace(self, size=self.width(), vectors=None)

    def build(self, vocab: Vocab) -> TokenEmbedding:
        """A module from ids int64 (...) to float (..., size)."""
        from nlpkit.nn.embedding import TokenEmbedding

        size = self.width()
        module = TokenEmbedding(
            len(vocab),
            size,
            init_std=self.init_std,
            dropout=self.dropout,
            word_dropout=self.word_dropout,
            frozen=self.frozen,
        )
        if self.char_ngrams is not None:
            module.char_ngrams = self._char_ngrams(vocab, size, self.char_ngrams)
        if self.vectors is not None:
            from nlpkit.data.vectors.fetched import vectors_file
            from nlpkit.data.vectors.reading import read_vectors

            found = read_vectors(vectors_file(self.vectors), vocab, size)
            module.start_from(found.ids, found.vectors)
            module.notes, module.source_files = found.notes, (found.file,)
        return module

    def _char_ngrams(self, vocab: Vocab, size: int, lengths: tuple[int, int]) -> CharNgrams:
        from nlpkit.nn.char_ngrams import CharNgrams, words_of

        return CharNgrams(
            words_of(vocab),
            size,
            lengths=lengths,
            buckets=self.char_ngram_buckets,
            init_std=self.init_std,
            frozen=self.frozen,
        )


def _bad_lengths(char_ngrams: tuple[int, int] | None) -> dict[str, str]:
    """The problem of a range of lengths that has none in it, or of n-grams longer than most words."""
    shortest, longest = char_ngrams or (1, 1)
    if 1 <= shortest <= longest <= MAX_NGRAM:
        return {}
    given = f"[{shortest}, {longest}] is no range of lengths"
    return {"char_ngrams": f"{given}; give the least and the most characters, from 1 to {MAX_NGRAM}"}


def _recognised(vectors: str | Path | None) -> tuple[str | Path | None, int | None]:
    """A name that is known, or else a path, and the size that comes with it, if that is known."""
    from nlpkit.data.vectors.published import PUBLISHED

    if vectors is None:
        return None, None
    if named := PUBLISHED.get(str(vectors)):
        return named.name, named.width
    if not str(vectors) or "\0" in str(vectors):
        refuse({"vectors": f"{briefly(str(vectors))} is not a path"})
    return Path(vectors), None


def sized(settings: S) -> S:
    """Settings in which every embedding has a size, that of its file where it was unset."""

    def with_size(value: Any) -> Any:
        unset = isinstance(value, Embedding) and value.size is None
        return replace(value, size=value.width()) if unset else value

    found: S = with_settings(settings, with_size)
    return found
