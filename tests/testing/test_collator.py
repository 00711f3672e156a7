from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from nlpkit.batch import Batch, FlatBatch, LengthBatch, PaddedBatch
from nlpkit.components.collators import Offsetify, Padify, PadLength
from nlpkit.components.kinds import Collator
from nlpkit.ragged import Ragged
from nlpkit.testing import BrokenPromise, Skipped, check_collator, checks_of
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    from torch import Tensor

Collate = Callable[["Ragged"], Any]


@pytest.mark.parametrize("made", [Padify, PadLength, Offsetify])
@pytest.mark.parametrize("settings", [{}, {"max_tokens": None}, {"max_tokens": 64, "keep": "both"}], ids=str)
def test_every_built_in_collator_keeps_its_promises(made: Callable[..., Collator], settings: Any) -> None:
    check_collator(made(**settings))


@dataclass(frozen=True)
class Changed(Collator):
    """What pad_length gives, changed in each class below."""

    @property
    def produces(self) -> type[Batch]:
        return LengthBatch

    def build(self, vocab: Vocab) -> Collate:
        return partial(self.collated, vocab)

    def collated(self, vocab: Vocab, rows: Ragged) -> Any:
        return self.change(PadLength(self.max_tokens, self.keep).build(vocab)(rows))

    def change(self, batch: LengthBatch) -> Any:
        return batch


@dataclass(frozen=True)
class DropsTheLast(Changed):
    def change(self, batch: LengthBatch) -> Any:
        return LengthBatch(batch.ids[:, : max(1, batch.ids.shape[1] - 1)], batch.lengths.clamp(max=39))


@dataclass(frozen=True)
class Backwards(Changed):
    def collated(self, vocab: Vocab, rows: Ragged) -> Any:
        return super().collated(vocab, Ragged.from_rows([rows[i][::-1] for i in range(len(rows))]))


@dataclass(frozen=True)
class PadsLeft(Changed):
    def change(self, batch: LengthBatch) -> Any:
        return LengthBatch(batch.ids.flip(1), batch.lengths)


@dataclass(frozen=True)
class FlipsAndPadsLeft(Backwards):
    def change(self, batch: LengthBatch) -> Any:
        return LengthBatch(batch.ids.flip(1), batch.lengths)


@dataclass(frozen=True)
class LengthsOfTheRow(Changed):
    def change(self, batch: LengthBatch) -> Any:
        return replace(batch, lengths=batch.lengths * 0 + batch.ids.shape[1])


@dataclass(frozen=True)
class LosesAText(Changed):
    def change(self, batch: LengthBatch) -> Any:
        return LengthBatch(batch.ids[:-1], batch.lengths[:-1]) if len(batch.ids) > 1 else batch


@dataclass(frozen=True)
class Int32(Changed):
    def change(self, batch: LengthBatch) -> Any:
        return replace(batch, ids=batch.ids.int())


@dataclass(frozen=True)
class SaysOtherwise(Changed):
    @property
    def produces(self) -> type[Batch]:
        return FlatBatch


@dataclass(frozen=True)
class KeepsTooMany(Changed):
    def collated(self, vocab: Vocab, rows: Ragged) -> Any:
        return PadLength(None).build(vocab)(rows)


@dataclass(frozen=True)
class KeepsTheHead(Changed):
    def collated(self, vocab: Vocab, rows: Ragged) -> Any:
        return PadLength(self.max_tokens).build(vocab)(rows)


@dataclass(frozen=True)
class WritesToRows(Changed):
    def collated(self, vocab: Vocab, rows: Ragged) -> Any:
        rows.values[:1] = rows.values[:1]
        return super().collated(vocab, rows)


@dataclass(frozen=True)
class Remembers(Changed):
    def build(self, vocab: Vocab) -> Collate:
        collate, seen = super().build(vocab), []

        def add_padding(rows: Ragged) -> Any:
            from torch.nn import functional as F

            seen.append(rows)
            batch = collate(rows)
            return replace(batch, ids=F.pad(batch.ids, (0, len(seen))))

        return add_padding


@dataclass(frozen=True)
class OffsetsOfEnds(Changed):
    @property
    def produces(self) -> type[Batch]:
        return FlatBatch

    def collated(self, vocab: Vocab, rows: Ragged) -> Any:
        batch = Offsetify(self.max_tokens, self.keep).build(vocab)(rows)
        return replace(batch, offsets=batch.offsets + 1)


@dataclass(frozen=True)
class Lambda(Changed):
    def build(self, vocab: Vocab) -> Collate:
        return lambda rows: self.collated(vocab, rows)


@dataclass(frozen=True)
class OtherWhenSent(Changed):
    def build(self, vocab: Vocab) -> Collate:
        return Forgetful(super().build(vocab))


class Forgetful:
    """What it gives in another process is what it gives by default."""

    def __init__(self, collate: Collate | None = None) -> None:
        self.collate = collate or PadLength(max_tokens=3).build(Vocab([]))

    def __call__(self, rows: Ragged) -> Any:
        return self.collate(rows)

    def __reduce__(self) -> tuple[type[Forgetful], tuple[()]]:
        return Forgetful, ()


BROKEN = {
    DropsTheLast: r"every id is kept, in order, but 40 ids \[[\d, ]+, ...\] of one row of 40 ids has become "
    r"39 ids \[[\d, ]+, ...\]",
    Backwards: r"every id is kept, in order, but 40 ids \[.*\] of one row of 40 ids has become 40 ids",
    PadsLeft: r"every id is kept, in order, but 40 ids \[.*\] of one row of 40 ids has become 40 ids",
    FlipsAndPadsLeft: "padding, lengths and offsets are as its layout says, but a row of rows of 1 to 40 "
    "ids is "
    r"padded before or inside its text: 40 ids \[0, 0, 0, 0, 0, 0, ...\]",
    LengthsOfTheRow: "padding, lengths and offsets are as its layout says, but lengths of rows of 1 to 40 "
    "ids "
    r"are \[40, 40, .*\], and \[1, 2, .*\] is true",
    LosesAText: "every text of a batch is kept, but rows of one id each give 2 texts where 3 are expected",
    Int32: "ids are int64, and every field is a tensor, but the ids of one row of one id are torch.int32, "
    "not "
    "torch.int64",
    SaysOtherwise: "it gives the layout that it says, but one row of one id give a LengthBatch where "
    "produces "
    "says FlatBatch",
    KeepsTooMany: r"a longer text is cut to max_tokens as keep says, but \[[\d, ]+\] with max_tokens=5 and "
    r"keep='head' has become \[[\d, ]+\]",
    KeepsTheHead: r"a longer text is cut to max_tokens as keep says, but \[[\d, ]+\] with max_tokens=5 and "
    r"keep='tail' has become \[[\d, ]+\]",
    WritesToRows: "rows are not changed, but collating rows that cannot be written raises ValueError: "
    "assignment destination is read-only",
    Remembers: "the same rows give the same batch, but `ids` of the same 13 rows is another one the "
    "second time",
    Lambda: r"it can be pickled, but pickle.dumps of what build\(\) gives raises AttributeError: Can't "
    r".*pickle local object",
    OtherWhenSent: "it can be pickled, but `ids` of the same 13 rows is another one after pickle",
    OffsetsOfEnds: "every id is kept, in order, but ",
}


@pytest.mark.parametrize(
    ("collator", "sentence"), BROKEN.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_a_broken_collator_is_told_in_one_sentence(collator: type[Collator], sentence: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        check_collator(collator())
    said = str(caught.value)
    assert re.match(rf"{collator.__name__} promises that {sentence}", said), said
    assert "\n" not in said


def test_the_double_with_nothing_wrong_keeps_its_promises() -> None:
    check_collator(Changed())


@dataclass(frozen=True)
class AddsSpecials(Changed):
    def collated(self, vocab: Vocab, rows: Ragged) -> Any:
        first, last = vocab.special("[CLS]"), vocab.special("[SEP]")
        kept = rows.truncate(None if self.max_tokens is None else max(1, self.max_tokens - 2), self.keep)
        framed = [[first, *kept[i].tolist(), last] for i in range(len(kept))]
        return PadLength(None).build(vocab)(Ragged.from_rows(framed))


def test_specials_may_be_added() -> None:
    check_collator(AddsSpecials())


@dataclass(frozen=True)
class SpeltBatch(LengthBatch):
    spelt: Tensor


@dataclass(frozen=True)
class OddBatch(Batch):
    starts: Tensor


@dataclass(frozen=True)
class Spells(Changed):
    @property
    def produces(self) -> type[Batch]:
        return SpeltBatch

    def change(self, batch: LengthBatch) -> Any:
        return SpeltBatch(batch.ids, batch.lengths, batch.ids.unsqueeze(-1))


@dataclass(frozen=True)
class Odd(Changed):
    @property
    def produces(self) -> type[Batch]:
        return OddBatch

    def change(self, batch: LengthBatch) -> Any:
        return OddBatch(batch.ids[batch.ids != 0], batch.lengths)


def test_a_layout_of_a_plugin_is_checked_as_far_as_it_is_known() -> None:
    assert skipped_by(Spells()) == []
    assert [reason for _, reason in skipped_by(Odd())] == [
        "where a text begins in a OddBatch is not known",
        "where a text begins in a OddBatch is not known",
        "where a OddBatch is padded is not known",
        "where a text begins in a OddBatch is not known",
    ]


def skipped_by(collator: Collator) -> list[tuple[str, str]]:
    found = []
    for check in checks_of(collator):
        try:
            check(collator)
        except Skipped as reason:
            found.append((check.promise, str(reason)))
    return found


def test_a_field_that_moves_nowhere_is_named() -> None:
    @dataclass(frozen=True)
    class Stuck(PaddedBatch):
        words: Any

    @dataclass(frozen=True)
    class Words(Changed):
        @property
        def produces(self) -> type[Batch]:
            return Stuck

        def change(self, batch: LengthBatch) -> Any:
            return Stuck(batch.ids, ["a"])

    with pytest.raises(BrokenPromise, match="`words` of one row of one id is a list, not a tensor"):
        check_collator(Words())
