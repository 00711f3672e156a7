"""The embedding table inside an encoder: its settings, and word vectors read from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from nlpkit.settings.checks import Settings
from nlpkit.settings.values import number, refuse, whole

if TYPE_CHECKING:
    from nlpkit.errors import NlpkitError
    from nlpkit.nn.char_ngrams import CharNgrams
    from nlpkit.nn.embedding import TokenEmbedding
    from nlpkit.vocab import Vocab

MAX_NGRAM: Final = 20


@dataclass(frozen=True)
class Embedding(Settings):
    """One vector a token.

    size: numbers in a vector
    init_std: standard deviation of the normal distribution that vectors start from
    dropout: fraction of the numbers dropped in training
    vectors: a GloVe, word2vec or fastText file, text or binary, that vectors start from
    frozen: keep the vectors as they start
    char_ngrams: least and most characters of the n-grams that words share their learning by, such as [3, 5]
        (Bojanowski et al., 2017); none learns each word by itself
    char_ngram_buckets: vectors of n-grams; those with the same hash share one
    """

    size: int = 64
    init_std: float = 0.1
    dropout: float = 0.0
    vectors: Path | None = None
    frozen: bool = False
    char_ngrams: tuple[int, int] | None = None
    char_ngram_buckets: int = 50_000

    def __post_init__(self) -> None:
        refuse(
            whole(1, 65_536, size=self.size),
            number(0, 1000, init_std=self.init_std),
            number(0, 1, dropout=self.dropout),
            _bad_lengths(self.char_ngrams),
            whole(1, 10_000_000, char_ngram_buckets=self.char_ngram_buckets),
        )

    def problems_here(self) -> Iterator[NlpkitError]:
        """A file of vectors that cannot be read."""
        from nlpkit.data.reading.source.files import file_problems
        from nlpkit.data.vectors.source import WANTED

        yield from file_problems(self.vectors, wanted=WANTED)

    def portable(self) -> Self:
        """Without the vectors file and the n-grams: a bundle holds the vectors themselves."""
        return replace(self, vectors=None, char_ngrams=None)

    def build(self, vocab: Vocab) -> TokenEmbedding:
        """A module from ids int64 (...) to float (..., size)."""
        from nlpkit.nn.embedding import TokenEmbedding

        module = TokenEmbedding(
            len(vocab), self.size, init_std=self.init_std, dropout=self.dropout, frozen=self.frozen
        )
        if self.char_ngrams is not None:
            module.char_ngrams = self._char_ngrams(vocab, self.char_ngrams)
        if self.vectors is not None:
            from nlpkit.data.vectors.reading import read_vectors

            found = read_vectors(self.vectors, vocab, self.size)
            module.start_from(found.ids, found.vectors)
            module.notes, module.source_files = found.notes, (found.file,)
        return module

    def _char_ngrams(self, vocab: Vocab, lengths: tuple[int, int]) -> CharNgrams:
        from nlpkit.nn.char_ngrams import CharNgrams, words_of

        return CharNgrams(
            words_of(vocab),
            self.size,
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
