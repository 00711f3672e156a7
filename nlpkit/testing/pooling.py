"""What a pooling promises: what it makes of a recurrent encoder keeps what encoders promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nlpkit.components.kinds import Pooling
from nlpkit.testing import encoder_devices as devices
from nlpkit.testing import encoder_export as export
from nlpkit.testing import encoder_rows as rows
from nlpkit.testing import encoder_training as training
from nlpkit.testing import encoder_weights as weights
from nlpkit.testing.encoder_bench import EncoderBench, seeded
from nlpkit.testing.promises import Bench, Promise, expect, trying
from nlpkit.testing.settings import PROMISES as SETTINGS

if TYPE_CHECKING:
    from nlpkit.vocab import Vocab


@dataclass
class PoolingBench(Bench):
    """A small GRU of both directions, whose states are pooled."""

    component: Pooling
    vocab: Vocab | None

    @cached_property
    def encoder(self) -> EncoderBench:
        from nlpkit.components.embedding import Embedding
        from nlpkit.components.encoders import Gru

        pooled = Gru(hidden_size=4, bidirectional=True, pooling=self.component, embedding=Embedding(size=4))
        return EncoderBench.of(pooled, self.vocab, None)


def _of_encoders(hold: Callable[[EncoderBench], None]) -> Callable[[PoolingBench], None]:
    return lambda bench: hold(bench.encoder)


def changes_no_states(bench: PoolingBench) -> None:
    """Other poolings beside it read them."""
    import torch

    with seeded(0):
        states = torch.randn(2, 5, 8)
    mask = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    before = states.clone(), mask.clone()
    with torch.no_grad(), trying("pooling two texts"):
        bench.component.build(8, 4)(states, mask)
    for name, was, now in zip(("states", "mask"), before, (states, mask), strict=True):
        expect(was.equal(now), f"`{name}` has other numbers afterwards; leave out in-place operations on it")


PROMISES: tuple[Promise[PoolingBench], ...] = (
    *SETTINGS,
    Promise("states of one token or more are legal", _of_encoders(rows.reads_any_text)),
    Promise("its output_dim is true and its outputs are finite", _of_encoders(rows.gives_rows_of_output_dim)),
    Promise("each build gives another module", _of_encoders(weights.builds_independent_modules)),
    Promise("padding and neighbours do not matter", _of_encoders(rows.reads_texts_alone)),
    Promise("permuting texts permutes what it gives", _of_encoders(rows.permutes_with_the_texts)),
    Promise("states and parameters get gradients", _of_encoders(training.trains_every_parameter)),
    Promise("a saved pooling gives the same when it is loaded", _of_encoders(weights.is_saved_and_loaded)),
    Promise("the same seed gives the same pooling", _of_encoders(weights.draws_weights_from_the_seed)),
    Promise("a batch of training does not depend on those before it", _of_encoders(training.forgets_batches)),
    Promise(
        "training differs from predicting by random numbers alone",
        _of_encoders(training.trains_as_it_predicts),
    ),
    Promise("exported to ONNX, it gives the same", _of_encoders(export.is_exported)),
    Promise("states are not changed", changes_no_states),
    Promise("it pools float64", _of_encoders(devices.computes_in_double)),
    Promise("its tensors are on the device of the states", _of_encoders(devices.follows_the_batch)),
    Promise("it pools on a GPU", _of_encoders(devices.moves_to_a_gpu)),
)
