"""What an encoder promises of what it keeps: nothing of a batch, and the same in every process."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

from nlpkit.components.kinds import Collator, Encoder
from nlpkit.testing.encoder_bench import EncoderBench, Rows, apart, forward, name_of
from nlpkit.testing.encoder_training import trained_on
from nlpkit.testing.fresh import elsewhere_of
from nlpkit.testing.promises import BrokenPromise, Skipped, again_if_broken, expect
from nlpkit.testing.samples import many_rows, renamed
from nlpkit.testing.values import living, only_new_objects
from nlpkit.vocab import Vocab

TURNS = (
    6  # of some batches each, after which memory is looked at; the first two may fill what is kept for good
)
BATCHES = 2
TEXTS = 240
KEPT_BYTES = 1500  # of a batch: numbers may be kept, as torch does of each autograd function of one's own
SENT_BYTES = 50_000_000  # of weights, to another process


def keeps_no_batches(bench: EncoderBench) -> None:
    """The same batch again and again, in training and in eval mode."""
    again_if_broken(partial(_keeps_no_batches, bench))


def _keeps_no_batches(bench: EncoderBench) -> None:
    batch = bench.batch(many_rows(bench.vocab, TEXTS))
    module = bench.module()
    found = []
    with only_new_objects():
        for _ in range(TURNS):
            trained_on(module, [batch] * BATCHES)
            for _ in range(BATCHES):
                forward(module.eval(), batch, "a batch")
            module.zero_grad()
            found.append(living())
    alive = [each.bytes for each in found[2:]]
    more = (alive[-1] - alive[0]) // (BATCHES * (len(alive) - 1))
    expect(
        not (all(one < other for one, other in pairwise(alive)) and more > KEPT_BYTES),
        f"{more:,} bytes more are alive after each batch: it keeps something of every forward; keep what is "
        f"of the last batch alone, or nothing",
    )


def is_the_same_elsewhere(bench: EncoderBench) -> None:
    """Another process hashes tokens in another way, so that sets have another order. It is not asked where
    tokens of other names give the same vectors, as it takes seconds to import torch.
    """
    if not _reads_names(bench):
        return
    weights = bench.usual.state_dict()
    if sum(each.nbytes for each in weights.values()) > SENT_BYTES:
        raise Skipped("its weights are too large to be sent to another process")
    collator = bench.collators[0]
    expected = forward(bench.usual, bench.batch(bench.rows), "a batch")
    sent = {name: each.tolist() for name, each in weights.items()}
    there = elsewhere_of(_vectors, bench.component, collator, bench.vocab, sent, bench.rows)
    far = apart(expected, expected.new_tensor(there))
    expect(
        not far,
        f"with the same weights the numbers of a batch, collated by {name_of(collator)}, differ by up to "
        f"{far:.3g} in another process, as they do where hash() or the order of a set decides; sort what "
        f"comes from a set, and hash with zlib.crc32",
    )


def _reads_names(bench: EncoderBench) -> bool:
    """Whether vectors are other ones, or none, where the tokens of the vocabulary have other names."""
    expected = forward(bench.usual, bench.batch(bench.rows), "a batch")
    try:
        other = replace(bench, vocab=renamed(bench.vocab))
        return bool(apart(expected, forward(other.module(), other.batch(bench.rows), "a batch")))
    except BrokenPromise:
        return True


def _vectors(
    component: Encoder, collator: Collator, vocab: Vocab, weights: dict[str, list[float]], rows: Rows
) -> object:
    """The vectors of rows, by an encoder with these weights."""
    import torch

    bench = EncoderBench(component, vocab, (collator,))
    module = bench.module()
    have = module.state_dict()
    module.load_state_dict(
        {name: torch.tensor(each, dtype=have[name].dtype) for name, each in weights.items()}
    )
    return forward(module, bench.batch(rows), "a batch").tolist()
