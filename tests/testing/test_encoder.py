# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nlpkit.batch import Batch, FlatBatch, PaddedBatch
from nlpkit.components.collators import Padify, PadLength
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm, Rnn
from nlpkit.components.kinds import Encoder
from nlpkit.testing import BrokenPromise, Skipped, check_encoder, checks_of, parametrize_with_checks
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    from torch import Tensor, nn

TINY = Embedding(size=4)
SMALL: dict[str, Any] = {"hidden_size": 4, "embedding": TINY}


def variants() -> Iterator[Encoder]:
    yield EmbeddingMean()
    yield EmbeddingMean(embedding=Embedding(size=3, dropout=0.5))
    yield EmbeddingMean(embedding=Embedding(frozen=True))
    yield Lstm()  # large enough for its own kernel
    for packed in (False, True):
        for bidirectional in (False, True):
            for pooling in ("last", "mean", "max", "attention"):
                yield Lstm(packed=packed, bidirectional=bidirectional, pooling=pooling, **SMALL)
            yield Rnn(packed=packed, bidirectional=bidirectional, **SMALL)
            yield Gru(packed=packed, bidirectional=bidirectional, **SMALL)
        yield Lstm(num_layers=2, bidirectional=True, dropout=0.5, packed=packed, **SMALL)
    yield Gru(num_layers=2, dropout=0.5, **SMALL)


@pytest.mark.parametrize("encoder", list(variants()), ids=lambda encoder: str(encoder)[:120])
def test_every_built_in_encoder_keeps_its_promises(encoder: Encoder) -> None:
    check_encoder(encoder)


@parametrize_with_checks([Rnn(**SMALL)])
def test_each_promise_is_a_test_of_its_own(component: Encoder, check: Callable[[Encoder], None]) -> None:
    check(component)


@dataclass(frozen=True)
class Small(Encoder):
    """The mean over tokens, with one thing wrong in each class below."""

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> nn.Module:
        import torch
        from torch import nn

        from nlpkit.nn.embedding import TokenEmbedding

        settings = self

        class Module(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.embedding = TokenEmbedding(len(vocab), 4)
                self.output_dim = 4
                settings.add(self)

            def forward(self, batch: PaddedBatch) -> Tensor:
                found = settings.vectors(self, batch)
                assert isinstance(found, torch.Tensor)
                return found

        return Module()

    def add(self, module: Any) -> None:
        """More parts of the module."""

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.embedding(batch.ids).sum(dim=1) / batch.mask().sum(dim=1, keepdim=True)


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
class DeadParameter(Small):
    def add(self, module: Any) -> None:
        from torch import nn

        module.unused = nn.Linear(4, 4)


@dataclass(frozen=True)
class BatchNorm(Small):
    def add(self, module: Any) -> None:
        from torch import nn

        module.norm = nn.BatchNorm1d(4)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.norm(super().vectors(module, batch))


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
class OutsideTheState(Small):
    def add(self, module: Any) -> None:
        import torch

        module.directions = [torch.randn(4, device="cpu")]

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) * module.directions[0]


@dataclass(frozen=True)
class OwnRandom(Small):
    def add(self, module: Any) -> None:
        import os

        import torch
        from torch import nn

        module.bias = nn.Parameter(torch.tensor([b / 255 for b in os.urandom(4)]))

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) + module.bias


@dataclass(frozen=True)
class OneModuleForAll(Small):
    def build(self, vocab: Vocab) -> nn.Module:
        from nlpkit.nn.embedding import TokenEmbedding

        module = super().build(vocab)
        TABLES[len(vocab)] = TABLES.get(len(vocab)) or TokenEmbedding(len(vocab), 4)
        module.embedding = TABLES[len(vocab)]
        return module


TABLES: dict[int, nn.Module] = {}


@dataclass(frozen=True)
class SingleOnly(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import torch

        return super().vectors(module, batch) @ torch.eye(4)


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


@dataclass(frozen=True)
class Undescribed(Small):
    size: int = 4


BROKEN = {
    PadsInTheMean: "a text's vector is the same alone, with any neighbours and any padding, but the text "
    r"\[\d+\] gives numbers that differ by up to [\d.]+ from those it has alone when it is beside 12 "
    r"others of "
    r"up to 40 tokens, collated by PadLength; so do 11 of the other 12 texts",
    LastOfTheRow: "a text's vector is the same alone, with any neighbours and any padding, but the text "
    r"\[[\d, ]+\] gives numbers that differ by up to [\d.]+ from those it has alone when it is beside 12 "
    r"others "
    r"of up to 40 tokens, collated by PadLength; so do 11 of the other 12 texts",
    NoShortTexts: r"any text of one token or more is legal, but a text of one token \(\[\d+\]\), collated by "
    r"PadLength, raises RuntimeError: .*Kernel size can't be greater than actual input size",
    WrongOutputDim: "output_dim is true and outputs are finite, but output_dim is 8, and 13 texts "
    "collated by "
    r"PadLength give \(13, 4\) where \(13, 8\) is expected",
    DeadParameter: "every parameter gets a gradient, but no gradient reaches unused.weight, unused.bias in a "
    "batch of 13 texts",
    BatchNorm: "training differs from predicting by dropout alone, but a text alone in training mode raises "
    "ValueError: Expected more than 1 value per channel when training",
    Centred: "a text's vector is the same alone, with any neighbours and any padding, but the text "
    r"\[[\d, ]+\] gives numbers that differ by up to [\d.]+ from those it has alone when it is beside 12 "
    r"others "
    "of up to 40 tokens, collated by PadLength; so do 12 of the other 12 texts",
    SortsTexts: "a text's vector is the same alone, with any neighbours and any padding, but the text ",
    WritesToTheBatch: "a batch is not changed, but `ids` of a LengthBatch has other numbers after forward in "
    "eval mode",
    OutsideTheState: "a saved model gives the same vectors when it is loaded, but numbers differ by up to "
    r"[\d.]+ after saving and loading, as they do where a module keeps what it computes with outside its "
    "state_dict",
    OwnRandom: r"the same seed gives the same weights, but after torch.manual_seed\(5\) bias is another one "
    "each time; draw it with torch",
    OneModuleForAll: "each build gives a module of its own, but two modules share the memory of "
    "embedding.weight",
    SingleOnly: "it computes in float64 where it is asked to, but a batch, after module.double\\(\\), raises "
    "RuntimeError: ",
    NotANumber: r"any text of one token or more is legal, but a text of one token \(\[\d+\]\), collated by "
    r"PadLength, gives numbers of shape \(1, 4\) that are not finite",
    OtherInAFlatBatch: "every layout that it accepts gives the same vectors, but the same texts collated by "
    r"PadLength and by Offsetify give numbers that differ by up to [\d.]+",
    Undescribed: "its docstring says what each setting is, but there is no line `size: ...` in its docstring",
}


@pytest.mark.parametrize(
    ("encoder", "sentence"), BROKEN.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_a_broken_encoder_is_told_in_one_sentence(encoder: type[Encoder], sentence: str) -> None:
    with pytest.raises(BrokenPromise) as caught:
        check_encoder(encoder())
    said = str(caught.value)
    assert re.match(rf"{encoder.__name__} promises that {sentence}", said), said
    assert "\n" not in said


def test_the_double_with_nothing_wrong_keeps_its_promises() -> None:
    check_encoder(Small())


def test_a_leak_is_found_in_a_second_layout_too() -> None:
    with pytest.raises(BrokenPromise, match="collated by Padify, raises"):
        check_encoder(PackedSecretly(), collator=Padify())
    check_encoder(PackedSecretly(), collator=PadLength())


@dataclass(frozen=True)
class PackedSecretly(Small):
    def vectors(self, module: Any, batch: Any) -> Any:
        return super().vectors(module, batch) * (batch.lengths > 0).unsqueeze(1)


@dataclass(frozen=True)
class GateStartsClosed(Small):
    def add(self, module: Any) -> None:
        import torch
        from torch import nn

        module.gate, module.change = nn.Parameter(torch.zeros(4)), nn.Linear(4, 4)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        return found + module.gate * module.change(found)


def test_a_parameter_behind_a_gate_that_starts_closed_is_not_dead() -> None:
    check_encoder(GateStartsClosed())


@dataclass(frozen=True)
class DropsInEveryWay(Small):
    def add(self, module: Any) -> None:
        from torch import nn

        module.rnn = nn.GRU(4, 4, num_layers=2, dropout=0.5, batch_first=True)
        module.attention = nn.MultiheadAttention(4, 2, dropout=0.5, batch_first=True)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        from torch.nn import functional as F

        mask = batch.mask()
        states = F.dropout(module.rnn(module.embedding(batch.ids))[0], 0.5, module.training)
        states, _ = module.attention(states, states, states, key_padding_mask=~mask, need_weights=False)
        return (states * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)


@pytest.mark.parametrize("promise", ["training differs from predicting by dropout alone"])
def test_dropout_of_every_kind_is_no_difference(promise: str) -> None:
    [check] = [check for check in checks_of(DropsInEveryWay()) if check.promise == promise]
    check(DropsInEveryWay())


@dataclass(frozen=True)
class Counts(Small):
    """How often each token occurs, as a sparse tensor; there is nothing to train."""

    def build(self, vocab: Vocab) -> nn.Module:
        import torch
        from torch import nn

        class Module(nn.Module):
            output_dim = len(vocab)

            def forward(self, batch: PaddedBatch) -> Tensor:
                found = torch.zeros(len(batch.ids), len(vocab))
                found.scatter_add_(1, batch.ids, batch.mask().float())
                return found.to_sparse_csr()

        return Module()


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta state")
def test_sparse_vectors_and_no_weights_will_do() -> None:
    check_encoder(Counts())
    skipped = []
    for check in checks_of(Counts()):
        try:
            check(Counts())
        except Skipped as reason:
            skipped.append((check.promise, str(reason)))
    assert ("every parameter gets a gradient", "it has no parameters to train") in skipped
    assert ("it computes in float64 where it is asked to", "it has no weights") in skipped


@dataclass(frozen=True)
class OddLayout(Small):
    @property
    def accepts(self) -> type[Batch]:
        return NobodyGives


class NobodyGives(Batch):
    pass


def test_an_encoder_whose_layout_no_collator_gives_says_what_to_do() -> None:
    [check, *_] = [each for each in checks_of(OddLayout()) if each.promise.startswith("any text")]
    with pytest.raises(
        BrokenPromise, match=r"no collator that is installed gives .*NobodyGives.*; give one with"
    ):
        check(OddLayout())


def test_torch_draws_the_same_numbers_before_and_after() -> None:
    import torch

    torch.manual_seed(3)
    expected = torch.rand(3).tolist()
    torch.manual_seed(3)
    check_encoder(EmbeddingMean())
    assert torch.rand(3).tolist() == expected


def test_a_vocabulary_of_ones_own_is_used() -> None:
    seen: list[int] = []

    @dataclass(frozen=True)
    class Spy(Small):
        def build(self, vocab: Vocab) -> nn.Module:
            seen.append(len(vocab))
            return super().build(vocab)

    for check in checks_of(Spy(), vocab=Vocab(["a"])):
        if check.promise.startswith(("any text", "permuting")):
            check(Spy())
    assert set(seen) == {3}
