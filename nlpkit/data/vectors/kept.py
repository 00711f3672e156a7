"""The vectors of a vocabulary's tokens, kept while a file is read. K are found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlpkit.data.texts import SourceFile
from nlpkit.data.vectors.coverage import Coverage, percent
from nlpkit.data.vectors.near import NearMisses
from nlpkit.data.vectors.source import Source
from nlpkit.notes import Note
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.vocab import Vocab


@dataclass(frozen=True, eq=False)
class FoundVectors:
    """`ids` int64 (K,), each once; `vectors` float32 (K, size); `notes`: coverage, then what is odd."""

    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]
    notes: tuple[Note, ...]
    file: SourceFile


class Kept:
    """The vectors kept so far: of two for one token the first, and whatever there is to note."""

    def __init__(self, source: Source, vocab: Vocab, size: int) -> None:
        import numpy as np

        self.source = source
        self.size = size
        self._notes: list[Note] = []
        self.tokens = {token.encode("utf-8", "surrogatepass"): vocab[token] for token in vocab.tokens}
        self._near = NearMisses(self.tokens)
        self._vectors = np.empty((len(self.tokens), size), np.float32)
        self._places: dict[bytes, str] = {}  # in the order of `_vectors`
        self._twice: Counter[str] = Counter()
        self._broken_words = 0  # words that are not UTF-8
        self._broken_places: list[str] = []  # of the first three

    def wants(self, word: bytes, place: str) -> bytes | None:
        """The token that a word of the file is, where the vocabulary has it and no vector of it yet."""
        if word not in self.tokens and not word.isascii():
            word = self._repaired(word, place)
        self._near.see(word)
        if word not in self.tokens:
            return None
        if word in self._places:
            self._twice[word.decode("utf-8", "replace")] += 1
            return None
        return word

    def keep(self, token: bytes, vector: NDArray[np.float32], place: str) -> None:
        """Keep the vector of a token that is wanted."""
        self._vectors[len(self._places)] = vector
        self._places[token] = place

    def note(self, text: str) -> None:
        """Keep a sentence about the file."""
        self._notes.append(Note(f"{self.source.path.name}: {text}"))

    def found(self) -> FoundVectors:
        import numpy as np

        vectors = self._vectors[: len(self._places)]
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            token, place = list(self._places.items())[int(finite.argmin())]
            message = f"the vector of {token.decode('utf-8', 'replace')!r} is not finite"
            raise self.source.refusal(message, "mend the file, or leave this word out of it", place)
        ids = np.array([self.tokens[token] for token in self._places], np.int64)
        self._note_odd_words()
        for told in self._near.told(self._places):
            self.note(told)
        notes = (self._coverage(ids), *self._notes)
        return FoundVectors(ids, vectors, notes, self.source.finished())

    def _repaired(self, word: bytes, place: str) -> bytes:
        """A word with U+FFFD for what is not UTF-8."""
        try:
            word.decode()
        except UnicodeDecodeError:
            self._broken_words += 1
            self._broken_places += [place] if self._broken_words <= 3 else []
        return word.decode("utf-8", "replace").encode()

    def _coverage(self, ids: NDArray[np.int64]) -> Coverage:
        found, tokens = len(self._places), len(self.tokens)
        share = f" ({percent(found, tokens)})" if tokens else ""
        text = f"{self.source.path.name}: vectors for {found:,} of {counted(tokens, 'token')}{share}"
        if found or not tokens:
            return Coverage(text, ids=ids)
        return Coverage(f"{text}: nothing starts from it; are case and language the same?", "loud", ids=ids)

    def _note_odd_words(self) -> None:
        if self._twice:
            words = ", ".join(map(repr, list(self._twice)[:3]))
            again = counted(self._twice.total(), "word")
            self.note(f"{again} given again, the first counts: {words}")
        if self._broken_words:
            places = ", ".join(place.replace(":", "line ").strip() for place in self._broken_places)
            broken = counted(self._broken_words, "word is", "words are")
            self.note(f"{broken} not UTF-8, read with U+FFFD: {places}")
