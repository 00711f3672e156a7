# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from nlpkit.batch import PaddedBatch
from nlpkit.components.kinds import Encoder
from nlpkit.testing import check_encoder
from tests.testing.small_encoder import Small, assert_told, name_of


@dataclass(frozen=True)
class CarriesItsState(Small):
    """The last vectors of a batch are where the next one begins."""

    def add(self, module: Any) -> None:
        module.before = None

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        if module.training:
            if module.before is not None and module.before.shape == found.shape:
                found = found + 0.1 * module.before
            module.before = found.detach()
        return found


@dataclass(frozen=True)
class CarriesTheGraph(CarriesItsState):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = Small.vectors(self, module, batch)
        if module.training:
            found = found if module.before is None else found + 0.1 * module.before.mean(dim=0)
            module.before = found
        return found


@dataclass(frozen=True)
class Centres(Small):
    """A running mean, used in eval mode alone."""

    def add(self, module: Any) -> None:
        import torch

        module.register_buffer("mean", torch.zeros(4))

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        if module.training:
            module.mean.copy_(0.9 * module.mean + 0.1 * found.detach().mean(dim=0))
            return found
        return found - module.mean


@dataclass(frozen=True)
class CountsBatches(Small):
    """Something grows from batch to batch, and a training that is continued begins again."""

    def add(self, module: Any) -> None:
        module.batches = 0

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        module.batches += module.training
        noise = module.embedding.weight.new_empty(()).normal_() * module.batches * module.training
        return super().vectors(module, batch) + noise


@dataclass(frozen=True)
class MemoByShape(Small):
    def add(self, module: Any) -> None:
        module.memo = {}

    def key(self, batch: PaddedBatch) -> Any:
        return tuple(batch.ids.shape)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        if module.training:
            return super().vectors(module, batch)
        key = (self.key(batch), batch.ids.device, module.embedding.weight.dtype)
        if key not in module.memo:
            module.memo[key] = super().vectors(module, batch)
        return module.memo[key]


@dataclass(frozen=True)
class MemoByFirstIds(MemoByShape):
    def key(self, batch: PaddedBatch) -> Any:
        return tuple(batch.mask().sum(dim=1).tolist()), tuple(batch.ids[:, 0].tolist())


@dataclass(frozen=True)
class MemoBySum(MemoByShape):
    def key(self, batch: PaddedBatch) -> Any:
        return tuple(batch.ids.sum(dim=1).tolist())


@dataclass(frozen=True)
class MemoOfOldWeights(MemoByShape):
    def key(self, batch: PaddedBatch) -> Any:
        return tuple(map(tuple, batch.ids.tolist()))


@dataclass(frozen=True)
class DrawsWithNumpy(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import numpy as np

        found = super().vectors(module, batch)
        return found * float(np.random.rand()) if module.training else found


@dataclass(frozen=True)
class ScalesInTraining(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) * (2 if module.training else 1)


@dataclass(frozen=True)
class NoisyBatchNorm(Small):
    """A text sees its neighbours, and there is noise that hides it."""

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import torch

        found = super().vectors(module, batch)
        if module.training:
            found = found - found.mean(dim=0) + torch.randn_like(found)
        return found


BROKEN = {
    CarriesItsState: r"a batch of training does not depend on those before it, but in training mode the "
    r"numbers of a batch differ by up to [\d.]+ when a batch of other texts of the same lengths came before "
    "it; make what is carried along anew in each forward$",
    CarriesTheGraph: "a batch of training does not depend on those before it, but a batch in training mode "
    "raises RuntimeError: Trying to backward through the graph a second time",
    Centres: "a batch of training does not depend on those before it, but in eval mode the numbers of a "
    r"batch differ by up to [\d.]+ when a batch of other texts of the same lengths was trained on before, as "
    "they do with running statistics$",
    CountsBatches: "its state_dict holds all that training changes, but after 4 batches the numbers of the "
    r"next differ by up to [\d.]+ from those of another module with that state_dict; register what changes "
    "from batch to batch with register_buffer$",
    MemoByShape: "what it gives a batch depends on that batch alone, but in eval mode the numbers of a "
    r"batch differ by up to [\d.]+ when a batch of other texts of the same lengths came before it; a memo "
    "needs every id in its key$",
    MemoByFirstIds: "what it gives a batch depends on that batch alone, but in eval mode the numbers of a "
    r"batch differ by up to [\d.]+ when a batch whose texts end in other ids came before it; a memo needs "
    "every id in its key$",
    MemoBySum: "what it gives a batch depends on that batch alone, but in eval mode the numbers of a "
    r"batch differ by up to [\d.]+ when a batch of the same lengths and sums came before it; a memo needs "
    "every id in its key$",
    MemoOfOldWeights: "what it gives a batch depends on that batch alone, but after a change of its weights "
    r"the numbers differ by up to [\d.]+ from those of another module with these weights; what is computed "
    "from weights must not outlive them$",
    DrawsWithNumpy: "the same seed gives the same numbers in training, but after torch.manual_seed\\(0\\) "
    r"the numbers of the same batch in training mode differ by up to [\d.]+ from one time to the next; "
    "draw them with torch, and without a generator$",
    ScalesInTraining: "training differs from predicting by random numbers alone, but with nothing dropped "
    r"out, numbers differ by up to [\d.]+ between training and eval mode$",
    NoisyBatchNorm: "training differs from predicting by random numbers alone, but in training mode the "
    r"numbers of a text beside others differ by up to [\d.]+ from those it has alone, as they do where a "
    r"text sees its neighbours \(batch norm\)$",
}


@pytest.mark.parametrize(("encoder", "sentence"), BROKEN.items(), ids=name_of)
def test_a_broken_encoder_is_told_in_one_sentence(encoder: type[Encoder], sentence: str) -> None:
    assert_told(encoder, sentence)


@dataclass(frozen=True)
class LockedDropout(Small):
    """One mask for all tokens of a text, by its own draws, and noise."""

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import torch

        found = super().vectors(module, batch)
        if not module.training:
            return found
        kept = torch.empty_like(found).bernoulli_(0.5) / 0.5
        same = torch.rand_like(found[:1]) < 0.7
        return found * kept * same / 0.7 + torch.randn_like(found)


@dataclass(frozen=True)
class SparseExperts(Small):
    """Each text is read by one of 16 experts, which its first token chooses."""

    def add(self, module: Any) -> None:
        from torch import nn

        module.experts = nn.ModuleList(nn.Linear(4, 4) for _ in range(16))

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import torch

        found, chosen = super().vectors(module, batch), batch.ids[:, 0] % 16
        read = torch.stack([expert(found) for expert in module.experts], dim=1)  # (B, 16, 4)
        return read[torch.arange(len(found), device=found.device), chosen]


@dataclass(frozen=True)
class SpectralNorm(Small):
    """A buffer that each batch of training changes, whatever is in it."""

    def add(self, module: Any) -> None:
        from torch import nn
        from torch.nn.utils.parametrizations import spectral_norm

        module.linear = spectral_norm(nn.Linear(4, 4), eps=1e-12)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return module.linear(super().vectors(module, batch))


@dataclass(frozen=True)
class CountsInABuffer(Small):
    """A scale that grows from batch to batch, and is saved."""

    def add(self, module: Any) -> None:
        import torch

        module.register_buffer("batches", torch.zeros(()))

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        module.batches += module.training
        noise = module.embedding.weight.new_empty(()).normal_() * module.batches * module.training
        return super().vectors(module, batch) + noise


@dataclass(frozen=True)
class TrueMemo(MemoByShape):
    """The key has all ids, and the weights as they are."""

    def key(self, batch: PaddedBatch) -> Any:
        return ()

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        if module.training or batch.ids.device.type != "cpu":
            return Small.vectors(self, module, batch)
        weights = module.embedding.weight
        key = (tuple(map(tuple, batch.ids.tolist())), weights.dtype, float(weights.detach().sum()))
        if key not in module.memo:
            module.memo[key] = Small.vectors(self, module, batch).clone()
        return module.memo[key]


@pytest.mark.parametrize(
    "encoder", [LockedDropout, SparseExperts, SpectralNorm, CountsInABuffer, TrueMemo], ids=name_of
)
def test_an_unusual_encoder_that_is_right_keeps_its_promises(encoder: type[Encoder]) -> None:
    check_encoder(encoder())


@dataclass(frozen=True)
class AddsAnEarlierBatch(Small):
    """What a batch gives is in the third one after it."""

    def add(self, module: Any) -> None:
        module.waiting = []

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        found = super().vectors(module, batch)
        if module.training:
            module.waiting.append(found.detach().mean(dim=0))
            found = found + (module.waiting.pop(0) if len(module.waiting) > 3 else 0)
        return found


def test_state_that_waits_for_three_batches_is_told() -> None:
    assert_told(
        AddsAnEarlierBatch,
        "a batch of training does not depend on those before it, but in training mode the numbers of a batch "
        "differ by .* when a batch of other texts of the same lengths came before it; make what is carried",
    )
