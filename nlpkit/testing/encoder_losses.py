"""What an encoder promises about the losses that it gives beside the vectors of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit.testing.encoder_bench import EncoderBench, apart, name_of, seeded
from nlpkit.testing.promises import Skipped, expect, trying

if TYPE_CHECKING:
    from torch import Tensor

    from nlpkit.components.kinds import Collator


def gives_losses_that_are_means(bench: EncoderBench) -> None:
    """So that workers, who have shares of a batch, together have the loss of the whole."""
    for collator in bench.collators:
        whole = _losses(bench, bench.rows, collator)
        if not whole:
            raise Skipped("it gives vectors alone")
        few = len(bench.rows) // 3
        first, rest = (_losses(bench, rows, collator) for rows in (bench.rows[:few], bench.rows[few:]))
        for name, loss in whole.items():
            expect(bool(loss.isfinite()), f"the loss `{name}` is {float(loss)}")
            expect(name in first and name in rest, f"the loss `{name}` is missing from some batches")
            share = few / len(bench.rows)
            far = apart(loss, share * first[name] + (1 - share) * rest[name])
            expect(
                not far,
                f"the loss `{name}` of a batch, collated by {name_of(collator)}, differs by {far:.3g} from "
                f"the mean over its texts in two batches, as a sum over texts does",
            )


def _losses(bench: EncoderBench, rows: list[list[int]], collator: Collator) -> dict[str, Tensor]:
    import torch

    from nlpkit.nn.encoded import encoded
    from nlpkit.testing.draws import NothingDrawn, no_dropout

    module = bench.module().train()
    batch = bench.batch(rows, collator)
    undrawn = NothingDrawn()  # type: ignore[no-untyped-call]
    with seeded(0), no_dropout(module), undrawn, torch.no_grad(), trying("a batch in training mode"):
        return encoded(module(batch)).losses
