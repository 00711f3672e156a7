"""Collators: rows of token ids to one batch layout. Each `build(vocab)` gives `Ragged -> Batch`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit.batch import FlatBatch, LengthBatch, PaddedBatch
from nlpkit.components.kinds import Collator

if TYPE_CHECKING:
    from nlpkit.ragged import Ragged
    from nlpkit.vocab import Vocab


@dataclass(frozen=True)
class Padify(Collator):
    """Pad each text on the right to the longest of its batch."""

    produces = PaddedBatch

    def build(self, vocab: Vocab) -> Callable[[Ragged], PaddedBatch]:
        from nlpkit.nn.collate import padify

        return partial(padify, max_tokens=self.max_tokens, keep=self.keep)


@dataclass(frozen=True)
class PadLength(Collator):
    """Pad each text on the right, and say how long each one is: what packing needs."""

    produces = LengthBatch

    def build(self, vocab: Vocab) -> Callable[[Ragged], LengthBatch]:
        from nlpkit.nn.collate import pad_length

        return partial(pad_length, max_tokens=self.max_tokens, keep=self.keep)


@dataclass(frozen=True)
class Offsetify(Collator):
    """Put all texts end to end, and say where each one starts: no padding at all."""

    produces = FlatBatch

    def build(self, vocab: Vocab) -> Callable[[Ragged], FlatBatch]:
        from nlpkit.nn.collate import offsetify

        return partial(offsetify, max_tokens=self.max_tokens, keep=self.keep)
