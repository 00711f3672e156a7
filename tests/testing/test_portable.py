from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

from nlpkit import Collator, Embedding, EmbeddingMean, PaddedBatch, Ragged, Tokenizer, Vocab
from nlpkit.testing import Outcome, checks_of

GONE = "it loads where its files are gone"


def outcome(component: Any) -> Outcome:
    [found] = [Outcome.of(each, component) for each in checks_of(component) if each.promise == GONE]
    return found


def known(text: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in text.split() if word in words]


@dataclass(frozen=True)
class Known(Tokenizer):
    """The words of a file.

    file: the words
    words: what a model keeps of it
    how: what portable() does
    """

    file: Path | None = None
    words: tuple[str, ...] = ()
    how: str = "keeps"

    outside = ("file",)

    def read(self) -> tuple[str, ...]:
        return tuple(self.file.read_text(encoding="utf-8").split()) if self.file else self.words

    def portable(self) -> Self:
        if self.how == "forgets":
            return replace(self, file=None)
        return self if self.how == "nothing" else replace(self, file=None, words=self.read())

    def build(self) -> Callable[[str], list[str]]:
        return partial(known, words=self.read())


@dataclass(frozen=True)
class Cut(Collator):
    """As many tokens as a file says.

    file: the number
    """

    file: Path | None = None

    produces = PaddedBatch

    def portable(self) -> Self:
        return replace(self, file=None)

    def build(self, vocab: Vocab) -> Callable[[Ragged], PaddedBatch]:
        from nlpkit.nn import padify

        size = int(self.file.read_text(encoding="utf-8")) if self.file else 512
        return partial(padify, max_tokens=size)


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "words.txt"
    file.write_text("oil prices match the", encoding="utf-8")
    return file


def test_a_tokenizer_that_keeps_what_was_in_its_file_loads(words: Path) -> None:
    assert outcome(Known(words)).state == "kept"
    assert outcome(Known()).state == "kept"
    assert words.is_file()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("forgets", "but it gives other tokens then"),
        ("nothing", "but after portable() file still names a file or an address"),
    ],
)
def test_one_that_does_not_is_found(how: str, said: str, words: Path) -> None:
    found = outcome(Known(words, how=how))
    assert found.state == "broken"
    assert found.reason.endswith(said)


def test_a_collator_that_forgets_what_its_file_said_is_found(tmp_path: Path) -> None:
    (tmp_path / "size").write_text("3", encoding="utf-8")
    assert outcome(Cut(file=tmp_path / "size")).reason.endswith("but `ids` of a batch is another one then")
    assert outcome(Cut()).state == "kept"


def test_an_encoder_with_word_vectors_loads_without_their_file(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("oil 1 2\nprices 3 4\nthe 5 6\n", encoding="utf-8")
    assert outcome(EmbeddingMean(embedding=Embedding(size=2, vectors=tmp_path / "v.txt"))).state == "kept"
