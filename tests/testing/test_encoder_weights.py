# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from nlpkit.batch import PaddedBatch
from nlpkit.components.kinds import Encoder
from nlpkit.testing import Skipped, check_encoder, checks_of
from nlpkit.vocab import Vocab
from tests.testing.small_encoder import Small, assert_told, name_of

if TYPE_CHECKING:
    from torch import Tensor, nn


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
class OutsideTheState(Small):
    def add(self, module: Any) -> None:
        import torch

        module.directions = torch.randn(4, device="cpu").tolist()

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) * module.directions[0]


@dataclass(frozen=True)
class ChangedAtTheEnd(Small):
    def add(self, module: Any) -> None:
        module.finish_training = lambda: module.embedding.weight.data.mul_(2)


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


BROKEN = {
    DeadParameter: "every parameter gets a gradient, but no gradient reaches unused.weight, unused.bias in "
    "10 batches of 1030 texts",
    BatchNorm: "a batch of training does not depend on those before it, but in eval mode the numbers of a "
    r"batch differ by up to [\d.]+ when a batch of other texts of the same lengths was trained on before, as "
    "they do with running statistics",
    ChangedAtTheEnd: "it gives the same vectors when training is over, but finish_training\\(\\) changes "
    r"numbers by up to [\d.]+",
    OutsideTheState: "a saved model gives the same vectors when it is loaded, but numbers differ by up to "
    r"[\d.]+ after saving and loading, as they do where a module keeps what it computes with outside its "
    "state_dict",
    OwnRandom: r"the same seed gives the same weights, but after torch.manual_seed\(5\) bias is another one "
    "each time; draw it with torch",
    OneModuleForAll: "each build gives a module of its own, but two modules share the memory of "
    "embedding.weight",
    SingleOnly: "it computes in float64 where it is asked to, but a batch, after module.double\\(\\), raises "
    "RuntimeError: ",
}


@pytest.mark.parametrize(("encoder", "sentence"), BROKEN.items(), ids=name_of)
def test_a_broken_encoder_is_told_in_one_sentence(encoder: type[Encoder], sentence: str) -> None:
    assert_told(encoder, sentence)


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


@pytest.mark.parametrize("promise", ["training differs from predicting by random numbers alone"])
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
                found = torch.zeros(len(batch.ids), len(vocab), device=batch.ids.device)
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
