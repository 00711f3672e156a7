"""Tokenizers that cut texts into subwords: learned from the training texts, or given as a tokenizer.json."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from nlpkit import ConfigError, DataError, NlpkitError, Tokenizer, refuse, whole
from nlpkit.data import file_problems
from nlpkit_hf.sources import hinted

Model = Literal["bpe", "wordpiece", "unigram"]
Normalize = Literal["none", "NFC", "NFKC"]


@dataclass(frozen=True)
class Subwords(Tokenizer):
    """Pieces of words, learned from the training texts of each run: the same texts give the same pieces.

    model: bpe (Sennrich et al., 2016) joins the most frequent pairs, wordpiece (Schuster and Nakajima, 2012)
        marks pieces inside a word by ##, unigram (Kudo, 2018) keeps the pieces that make the texts likeliest
    vocab_size: pieces there are at the most, unless the texts have more distinct characters
    min_frequency: times a pair has to be seen to be joined; bpe and wordpiece
    lowercase: fold the text to lower case first
    normalize: the Unicode form all text is brought to
    learned: what has been learned, as tokenizers writes it; a model keeps it, and nobody else sets it
    """

    model: Model = "bpe"
    vocab_size: int = 8000
    min_frequency: int = 2
    lowercase: bool = True
    normalize: Normalize = "NFKC"
    learned: str = ""

    def __post_init__(self) -> None:
        refuse(
            whole(2, 10_000_000, vocab_size=self.vocab_size),
            whole(1, 2**31 - 1, min_frequency=self.min_frequency),
        )

    def fitted(self, texts: Iterable[str]) -> Self:
        """The settings with the pieces of these texts, whatever had been learned before."""
        from nlpkit_hf.learning import learn

        found = learn(
            texts,
            model=self.model,
            vocab_size=self.vocab_size,
            min_frequency=self.min_frequency,
            lowercase=self.lowercase,
            normalize=self.normalize,
        )
        return replace(self, learned=found)

    def build(self) -> Callable[[str], list[str]]:
        from nlpkit_hf.pieces import Pieces

        if not self.learned:
            raise ConfigError(
                "these subwords have learned nothing yet",
                hint="a run learns them from its training texts; elsewhere call fitted(texts) first",
            )
        return Pieces(self.learned)


@dataclass(frozen=True)
class TokenizerJson(Tokenizer):
    """The pieces of a tokenizer.json, without the special tokens that it adds around a text.

    A text that has the name of a special token in it, such as "[SEP]", is cut into pieces like any other.

    file: the tokenizer.json
    content: what is in the file, which a model keeps in its stead
    """

    outside = ("file",)

    file: Path | None = None
    content: str = ""

    def __post_init__(self) -> None:
        if (self.file is None) == (not self.content):
            refuse({"file": "give the path of a tokenizer.json" + ", or content alone" * bool(self.content)})

    def problems_here(self) -> Iterator[NlpkitError]:
        """A file that cannot be read."""
        yield from hinted(file_problems(self.file), "give the path of a tokenizer.json")

    def portable(self) -> Self:
        """With the content of the file, and without the file."""
        if self.file is None:
            return self
        from nlpkit_hf.pieces import compact, content_of

        return replace(self, file=None, content=compact(content_of(self.file), str(self.file)))

    def fitted(self, texts: Iterable[str]) -> Self:
        """There is nothing to learn; the file is not needed any more."""
        return self.portable()

    def build(self) -> Callable[[str], list[str]]:
        from nlpkit_hf.pieces import Pieces

        return Pieces(self.portable().content)


def write_pieces(tokenizer_json: Path, path: Path) -> int:
    """Write the pieces of a tokenizer.json as a list for `vocab.file`, in the order of their ids; how many.

    Special tokens, which no text has, are left out. DataError where a piece cannot stand on a line.
    """
    from nlpkit_hf.pieces import content_of, ordinary_pieces

    pieces = ordinary_pieces(content_of(tokenizer_json), str(tokenizer_json))
    for piece in pieces:
        if not piece or "\n" in piece or piece.endswith("\r"):
            raise DataError(
                f"the piece {piece!r} cannot stand on a line of its own", location=str(tokenizer_json)
            )
    path.write_bytes("".join(f"{piece}\n" for piece in pieces).encode())
    return len(pieces)
