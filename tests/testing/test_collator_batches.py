from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import pytest

from nlpkit.batch import Batch, LengthBatch
from nlpkit.components.collators import PadLength
from nlpkit.components.kinds import Collator
from nlpkit.ragged import Ragged
from nlpkit.testing import BrokenPromise, check_collator
from nlpkit.vocab import Vocab

Collate = Callable[[Ragged], Any]


@dataclass(frozen=True)
class Keeps(Collator):
    """What pad_length gives, with something that is kept from batch to batch in each class below."""

    @property
    def produces(self) -> type[Batch]:
        return LengthBatch

    def build(self, vocab: Vocab) -> Collate:
        return partial(self.collated, PadLength(self.max_tokens, self.keep).build(vocab), {})

    def collated(self, collate: Collate, kept: dict[Any, Any], rows: Ragged) -> Any:
        return collate(rows)


@dataclass(frozen=True)
class OneBuffer(Keeps):
    def collated(self, collate: Collate, kept: dict[Any, Any], rows: Ragged) -> Any:
        batch = collate(rows)
        return replace(batch, ids=kept.setdefault(batch.ids.shape, batch.ids).copy_(batch.ids))


@dataclass(frozen=True)
class MemoByLengths(Keeps):
    def collated(self, collate: Collate, kept: dict[Any, Any], rows: Ragged) -> Any:
        key = tuple(rows.lengths.tolist())
        if key not in kept:
            kept[key] = collate(rows)
        return LengthBatch(*(tensor.clone() for tensor in (kept[key].ids, kept[key].lengths)))


@dataclass(frozen=True)
class BuffersByTurns(Keeps):
    """As many as a loader fetches ahead, and for batches of many texts alone."""

    turns: ClassVar[int] = 8
    texts: ClassVar[int] = 1

    def collated(self, collate: Collate, kept: dict[Any, Any], rows: Ragged) -> Any:
        batch = collate(rows)
        kept["turn"] = (kept.get("turn", 0) + 1) % self.turns
        buffer = kept.setdefault(kept["turn"], batch.ids.new_zeros(100_000))
        ids = buffer[: batch.ids.numel()].view(batch.ids.shape).copy_(batch.ids)
        return replace(batch, ids=ids) if len(ids) >= self.texts else batch


@dataclass(frozen=True)
class OneBufferForMany(BuffersByTurns):
    turns = 1
    texts = 64


@pytest.mark.parametrize(
    ("collator", "place"), [(OneBuffer, 1), (MemoByLengths, 2), (BuffersByTurns, 1), (OneBufferForMany, 9)]
)
def test_batches_that_share_memory_or_ids_are_told(collator: type[Collator], place: int) -> None:
    with pytest.raises(BrokenPromise) as caught:
        check_collator(collator())
    assert re.fullmatch(
        f"{collator.__name__} promises that batches have nothing of each other, but `ids` of batch {place} "
        "of 29 that one function has made is not that of a function of its own: make new tensors for each "
        "batch, and look up what is kept by all ids",
        str(caught.value),
    )


@dataclass(frozen=True)
class ClonesItsBuffer(OneBuffer):
    def collated(self, collate: Collate, kept: dict[Any, Any], rows: Ragged) -> Any:
        batch = super().collated(collate, kept, rows)
        return replace(batch, ids=batch.ids.clone())


@dataclass(frozen=True)
class MemoByRows(Keeps):
    def collated(self, collate: Collate, kept: dict[Any, Any], rows: Ragged) -> Any:
        key = (rows.values.tobytes(), rows.offsets.tobytes())
        batch = kept.setdefault(key, collate(rows))
        return LengthBatch(batch.ids.clone(), batch.lengths.clone())


@pytest.mark.parametrize("collator", [ClonesItsBuffer, MemoByRows])
def test_what_is_kept_and_not_given_away_is_not_told(collator: type[Collator]) -> None:
    check_collator(collator())
