"""What an encoder promises about dtypes and devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit.batch import Batch
from nlpkit.testing.encoder_bench import EncoderBench, apart, dense, floats_of, forward, name_of, seeded
from nlpkit.testing.promises import BrokenPromise, Skipped, expect
from nlpkit.testing.values import tensors_of

if TYPE_CHECKING:
    from torch import Tensor, nn


def computes_in_double(bench: EncoderBench) -> None:
    """Hand-made zeros and masks are of the dtype of the weights."""
    import torch

    floats_of(bench.usual)
    for collator in bench.collators:
        expected = bench.vectors(bench.rows, collator, "a batch")
        module = bench.module().double()
        found = forward(module, bench.batch(bench.rows, collator), "a batch, after module.double(),")
        expect(found.dtype == torch.float64, f"outputs are {found.dtype} after module.double()")
        far = apart(expected, found)
        expect(not far, f"numbers differ by up to {far:.3g} from those in float32")


def follows_the_batch(bench: EncoderBench) -> None:
    """Constants move with the module, and new tensors are made where the ids are: on any machine, as the
    other device is a pretended one.
    """
    for collator in bench.collators:
        batch = bench.batch(bench.rows, collator)
        expected = forward(bench.usual, batch, "a batch")
        for training in (False, True):
            found = _on_another_device(bench.module().train(training), batch)
            far = 0.0 if training else apart(expected, found)
            expect(
                not far,
                f"texts collated by {name_of(collator)} give numbers that differ by up to {far:.3g} from "
                f"those on the CPU",
            )


def _on_another_device(module: nn.Module, batch: Batch) -> Tensor:
    """The vectors of a batch from a module that was moved to another device, back on the CPU."""
    import torch

    from nlpkit.nn.encoded import encoded
    from nlpkit.testing.other_device import DEVICE, Moved, left_behind, pretended

    named = left_behind(module, tensors_of(batch))
    with torch.no_grad(), seeded(0), pretended(named):
        found = encoded(module.to(DEVICE)(batch.to(DEVICE))).vectors
    if not isinstance(found, Moved):
        raise BrokenPromise("its output is on the CPU when the batch is on another device")
    return dense(found.numbers)


def moves_to_a_gpu(bench: EncoderBench) -> None:
    """Where there is one: the batch is moved as training moves it."""
    import torch

    if not torch.cuda.is_available():
        raise Skipped("there is no GPU here")
    module = bench.module().to("cuda")
    for collator in bench.collators:
        batch = bench.batch(bench.rows, collator)
        expected = forward(bench.usual, batch, "a batch")
        found = forward(module, batch.pin_memory().to("cuda"), "a batch on a GPU")
        expect(found.is_cuda, f"outputs are on {found.device} after module.to('cuda')")
        far = float((expected - found.cpu()).abs().max())
        near = far <= 1e-2 * float(expected.abs().max())  # TF32 has 1e-3
        expect(near, f"numbers differ by up to {far:.3g} from those on the CPU")
