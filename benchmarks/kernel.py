"""nlpkit's LSTM kernel beside torch's at several sizes: `python -m benchmarks.kernel`.

Processor time of one core; a step of training is forward and backward through the encoder, without the
optimizer. Both kernels take each batch in turn, and each round has all sizes. Ids follow Zipf's law.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.tables import markdown
from benchmarks.zipf import SHIFT
from nlpkit.batch import PaddedBatch
from nlpkit.nn import recurrent
from nlpkit.nn.embedding import TokenEmbedding
from nlpkit.nn.recurrent import RecurrentEncoder

WORDS = 36_000  # those of the AG News sample
TOKENS = 44  # of each text, its mean
EMBEDDING_SIZE = 64
KERNELS = {"torch": sys.maxsize, "ours": 1}  # the smallest texts * hidden size that takes ours
Seconds = dict[tuple[str, bool], float]  # of a step, by kernel and whether it is one of training


@dataclass(frozen=True)
class Network:
    """An LSTM over embeddings."""

    title: str
    hidden_size: int
    settings: dict[str, Any]
    dropout: float = 0.0  # of the embeddings


NETWORKS = [
    (Network("hidden 32", 32, {}), (32, 64, 128, 256, 512, 800)),
    (
        Network(
            "hidden 32, both directions, max, dropout", 32, {"bidirectional": True, "pooling": "max"}, 0.5
        ),
        (64, 128, 256, 512, 800),
    ),
    (Network("hidden 64", 64, {}), (64, 128, 256, 512)),
    (Network("hidden 128, both directions", 128, {"bidirectional": True}), (64, 128, 256, 512)),
]
SHAPES = [(network, texts) for network, sizes in NETWORKS for texts in sizes]


def step_seconds(network: Network, texts: int, steps: int) -> Seconds:
    """The median of some steps of each kernel, training and predicting."""
    torch.manual_seed(1)
    embedding = TokenEmbedding(WORDS, EMBEDDING_SIZE, dropout=network.dropout)
    embedding.rowwise = True
    encoder = RecurrentEncoder(
        "lstm", embedding, hidden_size=network.hidden_size, packed=False, **network.settings
    )
    shares = (1 / (np.arange(WORDS - 1) + SHIFT)).cumsum()
    drawn = np.random.default_rng(1).random((steps + 1, texts, TOKENS)) * shares[-1]
    batches = [PaddedBatch(torch.from_numpy(1 + np.searchsorted(shares, each))) for each in drawn]
    found: dict[tuple[str, bool], list[float]] = {each: [] for each in product(KERNELS, (True, False))}
    for batch, (kernel, training) in product(batches, found):
        encoder.train(training)
        with only(kernel), torch.set_grad_enabled(training):
            found[kernel, training].append(_seconds(encoder, batch))
    return {each: median(seconds[1:]) for each, seconds in found.items()}  # the first one warms up


def _seconds(encoder: RecurrentEncoder, batch: PaddedBatch) -> float:
    started = time.process_time()
    vectors = encoder(batch)
    if torch.is_grad_enabled():
        vectors.sum().backward()
    seconds = time.process_time() - started
    encoder.zero_grad()
    encoder.embedding.lookups.clear()
    return seconds


@contextmanager
def only(kernel: str) -> Any:
    """Inside, all LSTMs use one kernel."""
    before, recurrent.OWN_KERNEL_SIZE = recurrent.OWN_KERNEL_SIZE, KERNELS[kernel]
    try:
        yield
    finally:
        recurrent.OWN_KERNEL_SIZE = before


def table(rounds: Sequence[Sequence[Seconds]]) -> list[str]:
    """A row for each shape: the milliseconds of both kernels, and torch's divided by ours."""
    heads = ["network", "texts", "texts * hidden size"]
    heads += [
        f"{what}: {each}" for what in ("train", "predict") for each in ("torch, ms", "ours, ms", "ratio")
    ]
    rows = []
    for (network, texts), found in zip(SHAPES, zip(*rounds, strict=True), strict=True):
        row = [network.title, f"{texts}", f"{texts * network.hidden_size:,}"]
        for training in (True, False):
            theirs, ours = (median(each[kernel, training] for each in found) for kernel in KERNELS)
            row += [f"{theirs * 1e3:.1f}", f"{ours * 1e3:.1f}", f"{theirs / ours:.2f}"]
        rows.append(row)
    return markdown(heads, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all shapes and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernel", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=7, help="measured steps a round [default: 7]")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rounds = [[step_seconds(*shape, given.steps) for shape in SHAPES] for _ in range(given.rounds)]
    print("\n".join(table(rounds)))


if __name__ == "__main__":
    main()
