"""The embedding table inside an encoder: its settings, and word vectors read from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nlpkit.settings.checks import Settings
from nlpkit.settings.values import number, refuse, whole

if TYPE_CHECKING:
    from nlpkit.errors import NlpkitError
    from nlpkit.nn.embedding import TokenEmbedding
    from nlpkit.vocab import Vocab


@dataclass(frozen=True)
class Embedding(Settings):
    """One vector a token.

    size: numbers in a vector
    init_std: standard deviation of the normal distribution that vectors start from
    dropout: fraction of the numbers dropped in training, other ones for each token
    word_dropout: fraction of the words dropped in training, each one with all its tokens in a batch; unlike
        dropout of numbers, it takes no time (Gal and Ghahramani, 2016)
    vectors: a GloVe, word2vec or fastText file, text or binary, that vectors start from
    frozen: keep the vectors as they start
    """

    size: int = 64
    init_std: float = 0.1
    dropout: float = 0.0
    word_dropout: float = 0.0
    vectors: Path | None = None
    frozen: bool = False

    def __post_init__(self) -> None:
        refuse(
            whole(1, 65_536, size=self.size),
            number(0, 1000, init_std=self.init_std),
            number(0, 1, dropout=self.dropout, word_dropout=self.word_dropout),
        )

    def problems_here(self) -> Iterator[NlpkitError]:
        """A file of vectors that cannot be read."""
        from nlpkit.data.reading.source.files import file_problems
        from nlpkit.data.vectors.source import WANTED

        yield from file_problems(self.vectors, wanted=WANTED)

    def portable(self) -> Self:
        """Without the vectors file: a bundle holds the vectors themselves."""
        return replace(self, vectors=None)

    def build(self, vocab: Vocab) -> TokenEmbedding:
        """A module from ids int64 (...) to float (..., size)."""
        from nlpkit.nn.embedding import TokenEmbedding

        module = TokenEmbedding(
            len(vocab),
            self.size,
            init_std=self.init_std,
            dropout=self.dropout,
            word_dropout=self.word_dropout,
            frozen=self.frozen,
        )
        if self.vectors is not None:
            from nlpkit.data.vectors.reading import read_vectors

            found = read_vectors(self.vectors, vocab, self.size)
            module.start_from(found.ids, found.vectors)
            module.notes, module.source_files = found.notes, (found.file,)
        return module
