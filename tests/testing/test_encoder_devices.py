# Settings modules import no torch, and this one has settings: each build has its module in it.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from nlpkit.batch import Batch, LengthBatch, PaddedBatch
from nlpkit.components.encoders import Lstm
from nlpkit.components.kinds import Encoder
from nlpkit.testing import checks_of
from tests.testing.small_encoder import Small, assert_told, name_of

ON_THE_DEVICE = "its tensors are on the device of the batch"


@dataclass(frozen=True)
class ZerosOnTheCpu(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import torch

        found = super().vectors(module, batch)
        return found + torch.zeros(len(found), 4, dtype=found.dtype)


@dataclass(frozen=True)
class MaskOnTheCpu(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import torch

        found = super().vectors(module, batch)
        kept = torch.rand(found.shape) < 0.9 if module.training else 1
        return found * kept


@dataclass(frozen=True)
class ConstantOnTheCpu(Small):
    def add(self, module: Any) -> None:
        import torch

        module.scales = [torch.arange(4) + 1]

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch) * module.scales[0].unsqueeze(0)


@dataclass(frozen=True)
class LengthsOnTheCpu(Small):
    @property
    def accepts(self) -> type[Batch]:
        return LengthBatch

    def vectors(self, module: Any, batch: Any) -> Any:
        return module.embedding(batch.ids).sum(dim=1) / batch.lengths.unsqueeze(1)


@dataclass(frozen=True)
class ReadsWithNumpy(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        width = int((batch.ids.numpy() > 0).sum(axis=1).max())
        return super().vectors(module, PaddedBatch(batch.ids[:, :width]))


@dataclass(frozen=True)
class GivesOnTheCpu(Small):
    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        return super().vectors(module, batch).cpu()


BROKEN = {
    ZerosOnTheCpu: r"a tensor of shape \(13, 4\) is made on the CPU, where add finds it beside one on "
    r"another device; make it with device=batch.ids.device, or move it with .to\(batch.ids.device\)$",
    MaskOnTheCpu: r"a tensor of shape \(13, 4\) is made on the CPU, where mul finds it beside one on "
    r"another device; make it with device=batch.ids.device, or move it with .to\(batch.ids.device\)$",
    ConstantOnTheCpu: "scales stays on the CPU when the module moves; register it with register_buffer$",
    LengthsOnTheCpu: r"`lengths` of a batch is always on the CPU; move it with .to\(batch.ids.device\)$",
    ReadsWithNumpy: r"numpy cannot read a tensor that is not on the CPU; call .cpu\(\) first$",
    GivesOnTheCpu: "its output is on the CPU when the batch is on another device$",
}


@pytest.mark.parametrize(("encoder", "sentence"), BROKEN.items(), ids=name_of)
def test_what_stays_on_the_cpu_is_told_without_a_gpu(encoder: type[Encoder], sentence: str) -> None:
    assert_told(encoder, f"{ON_THE_DEVICE}, but {sentence}")


@dataclass(frozen=True)
class MovesByHand(Small):
    """A constant that is no buffer and is moved, lists, numbers of 0 axes, and detours over the CPU."""

    def add(self, module: Any) -> None:
        import torch

        module.scales, module.half = torch.arange(4) + 1, torch.tensor(0.5)

    def vectors(self, module: Any, batch: PaddedBatch) -> Any:
        import torch

        found = super().vectors(module, batch)
        lengths = batch.mask().sum(dim=1).cpu().numpy().clip(1)
        widest = max(map(len, batch.ids.tolist()))
        zeros = found.new_zeros(len(found), 4) + torch.zeros_like(found) + torch.ones(4).to(found)
        scales = module.scales.to(batch.ids.device) * torch.as_tensor(lengths, device=found.device)[:, None]
        return found * scales * module.half + zeros * (widest > 0)


@pytest.mark.parametrize("encoder", [MovesByHand(), Lstm(packed=True, hidden_size=4)], ids=str)
def test_what_is_moved_by_hand_and_what_belongs_on_the_cpu_is_not_told(encoder: Encoder) -> None:
    [check] = [check for check in checks_of(encoder) if check.promise == ON_THE_DEVICE]
    check(encoder)


def test_torch_is_as_before_afterwards() -> None:
    import torch

    encoder = MovesByHand()
    [check] = [check for check in checks_of(encoder) if check.promise == ON_THE_DEVICE]
    check(encoder)
    assert not torch.__future__.get_overwrite_module_params_on_conversion()
    assert not torch.utils._python_dispatch._get_current_dispatch_mode_stack()
