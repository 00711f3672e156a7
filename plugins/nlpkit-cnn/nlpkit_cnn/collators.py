"""The collator that spells tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit import Batch, Collator, refuse, whole
from nlpkit_cnn.batch import CharBatch

if TYPE_CHECKING:
    from nlpkit import Ragged, Vocab


@dataclass(frozen=True)
class Spell(Collator):
    """Pad each text on the right, and give the characters of each token: what char_cnn reads.

    max_chars: the most characters kept of a token, its first ones
    """

    max_chars: int = 32

    def __post_init__(self) -> None:
        refuse(whole(1, 10_000, max_chars=self.max_chars))

    @property
    def produces(self) -> type[Batch]:
        return CharBatch

    def build(self, vocab: Vocab) -> Callable[[Ragged], CharBatch]:
        from nlpkit_cnn.spelling import spell, spellings

        spelt = spellings(vocab, self.max_chars)
        return partial(spell, spelt=spelt, max_tokens=self.max_tokens, keep=self.keep)
