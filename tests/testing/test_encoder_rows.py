# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from nlpkit.batch import Batch, FlatBatch, PaddedBatch
from nlpkit.components.collators import Padify, PadLength
from nlpkit.components.kinds import Encoder
from nlpkit.testing import BrokenPromise, check_encoder
from tests.testing.small_encoder import Small, assert_told, name_of


@dataclass(frozen=True)
class PadsInTheMean(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.embedding(batch.ids).mean(dim=1)


@dataclass(frozen=True)
class LastOfTheRow(Small):
    def add(self, module: Any) -> None:
        from torch import nn

        module.rnn = nn.RNN(4, 4, batch_first=True)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.rnn(module.embedding(batch.ids))[0][:, -1]


@dataclass(frozen=True)
class NoShortTexts(Small):
    def add(self, module: Any) -> None:
        from torch import nn

        module.convolution = nn.Conv1d(4, 4, kernel_size=3)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.convolution(module.embedding(batch.ids).transpose(1, 2)).amax(dim=2)


@dataclass(frozen=True)
class WrongOutputDim(Small):
    def add(self, module: Any) -> None:
        module.output_dim = 8


@dataclass(frozen=True)
class Centred(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        return found - found.mean(dim=0)


@dataclass(frozen=True)
class SortsTexts(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        order = batch.mask().sum(dim=1).argsort(descending=True)
        return super().vectors(module, PaddedBatch(batch.ids[order]))


@dataclass(frozen=True)
class WritesToTheBatch(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        batch.ids[batch.ids == 0] = 1
        return found


@dataclass(frozen=True)
class NotANumber(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) / (batch.ids.shape[1] > 1)


@dataclass(frozen=True)
class OtherInAFlatBatch(Small):
    @property
    def accepts(self) -> tuple[type[Batch], ...]:  # type: ignore[override]
        return PaddedBatch, FlatBatch

    def vectors(self, module: Any, batch: Any) -> Any:
        if isinstance(batch, PaddedBatch):
            return super().vectors(module, batch)
        return module.embedding.mean(batch.ids, batch.offsets) * 2


BROKEN = {
    PadsInTheMean: "a text's vector is the same alone, with any neighbours and any padding, but the text "
    r"\[\d+\] gives numbers that differ by up to [\d.]+ from those it has alone when it is beside 12 "
    r"others of up to 40 tokens, collated by PadLength; so do \d+ of the other 12 texts",
    LastOfTheRow: "a text's vector is the same alone, with any neighbours and any padding, but the text "
    r"\[[\d, ]+\] gives numbers that differ by up to [\d.]+ from those it has alone when it is beside 12 "
    r"others of up to 40 tokens, collated by PadLength; so do 11 of the other 12 texts",
    NoShortTexts: r"any text of one token or more is legal, but a text of one token \(\[\d+\]\), collated by "
    r"PadLength, raises RuntimeError: .*Kernel size can't be greater than actual input size",
    WrongOutputDim: "output_dim is true and outputs are finite, but output_dim is 8, and 13 texts "
    r"collated by PadLength give \(13, 4\) where \(13, 8\) is expected",
    Centred: "a text's vector is the same alone, with any neighbours and any padding, but the text "
    r"\[[\d, ]+\] gives numbers that differ by up to [\d.]+ from those it has alone when it is beside 12 "
    "others of up to 40 tokens, collated by PadLength; so do 12 of the other 12 texts",
    SortsTexts: "a text's vector is the same alone, with any neighbours and any padding, but the text ",
    WritesToTheBatch: "a batch is not changed, but `ids` of a LengthBatch has other numbers after forward in "
    "eval mode",
    NotANumber: r"any text of one token or more is legal, but a text of one token \(\[\d+\]\), collated by "
    r"PadLength, gives numbers of shape \(1, 4\) that are not finite",
    OtherInAFlatBatch: "every layout that it accepts gives the same vectors, but the same texts collated by "
    r"PadLength and by Offsetify give numbers that differ by up to [\d.]+",
}


@pytest.mark.parametrize(("encoder", "sentence"), BROKEN.items(), ids=name_of)
def test_a_broken_encoder_is_told_in_one_sentence(encoder: type[Encoder], sentence: str) -> None:
    assert_told(encoder, sentence)


@dataclass(frozen=True)
class PackedSecretly(Small):
    def vectors(self, module: Any, batch: Any) -> Any:
        return super().vectors(module, batch) * (batch.lengths > 0).to(batch.ids.device).unsqueeze(1)


def test_a_leak_is_found_in_a_second_layout_too() -> None:
    with pytest.raises(BrokenPromise, match="collated by Padify, raises"):
        check_encoder(PackedSecretly(), collator=Padify())
    check_encoder(PackedSecretly(), collator=PadLength())


@dataclass(frozen=True)
class PoolsLongBatches(Small):
    """Where a text is long, its neighbours share its window."""

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        return found + found.sum(dim=0) if batch.ids.shape[1] > 300 else found


def test_a_text_that_sees_its_neighbours_where_one_is_long_is_told() -> None:
    assert_told(
        PoolsLongBatches,
        r"a text's vector is the same alone, with any neighbours and any padding, but the text .* when it is "
        r"beside 13 others of up to 600 tokens, collated by PadLength",
    )
