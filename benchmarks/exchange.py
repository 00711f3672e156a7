"""What processes that train together give each other in a step, and where a network ends what they gain.

    python -m benchmarks.exchange

The seconds of a step and of the sums of rows are measured here, on one core. Bytes are counted, over texts
whose words follow Zipf's law, for two layouts: the one that there is, in which each process has all rows and
gets those of all others; and one in which each row has an owner, which gets its gradients and gives out what
it has become.

Axes: U distinct words of the texts of one process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from benchmarks.tables import markdown
from benchmarks.zipf import SHIFT
from nlpkit.batch import LengthBatch
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import Lstm
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.lookups import RowGradients
from nlpkit.training.settings import LoopSettings
from nlpkit.training.team import share_of, shares_of
from nlpkit.training.updates import Updates
from nlpkit.vocab import Vocab

TOKENS = 40  # of a text
BATCHES = (64, 512, 2048)
PROCESSES = (2, 4, 8, 16, 32)
NETWORKS = {"1 Gbit/s": 1e9 / 8, "10 Gbit/s": 1e10 / 8, "100 Gbit/s": 1e11 / 8}
LATENCY = 1e-4  # seconds of a message and its answer, within a rack
STEPS = 12


@dataclass(frozen=True)
class Shape:
    """A model: words of its table, numbers of a vector, and cells of its LSTM."""

    title: str
    words: int
    size: int = 64
    hidden: int = 32


SHAPES = (Shape("the lesson's LSTM, 20,000 words", 20_000), Shape("the same, 1,000,000 words", 1_000_000))


class Measured:
    """Seconds of one core: of steps, and of sums of rows."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._drawn = np.random.default_rng(1)
        torch.manual_seed(1)
        vocab = Vocab([str(number) for number in range(shape.words)])
        encoder = Lstm(hidden_size=shape.hidden, embedding=Embedding(size=shape.size)).build(vocab)
        self._model = Classifier(encoder, 4)
        self._updates = Updates(self._model, LoopSettings())
        self.numbers = sum(each.numel() for each in self._model.parameters()) - len(vocab) * shape.size

    def rows(self, texts: int) -> float:
        """The distinct words of so many texts, U, on average."""
        return float(np.mean([len(self._some(texts)) for _ in range(STEPS)]))

    def step(self, texts: int) -> float:
        """A step of so many texts, with its optimizer: the fastest of some."""
        took = []
        with self._updates:
            for _ in range(STEPS):
                ids = torch.from_numpy(_ids(self._drawn, self.shape, texts))
                batch = LengthBatch(ids, torch.full((texts,), TOKENS))
                began = time.thread_time()
                loss = cross_entropy(self._model(batch), torch.zeros(texts, dtype=torch.int64))
                loss.backward()
                self._updates.step()
                took.append(time.thread_time() - began)
        return min(took)

    def sums(self, texts: int, processes: int, *, every: bool) -> float:
        """The sums of all rows that processes give, or of those of one of them: the fastest of some."""
        took = []
        for _ in range(STEPS):
            ids = [torch.from_numpy(self._some(texts)) for _ in range(processes)]
            given = [RowGradients(each, torch.rand(len(each), self.shape.size)) for each in ids]
            began = time.thread_time()
            _ = shares_of(given, processes) if every else share_of(given, 0, processes)
            took.append(time.thread_time() - began)
        return min(took)

    def _some(self, texts: int) -> np.ndarray:
        return np.unique(_ids(self._drawn, self.shape, texts))


def bytes_gathered(measured: Measured, texts: int, processes: int) -> float:
    """What each process gets where it gets all that the others have."""
    row = 8 + 4 * measured.shape.size
    return (processes - 1) * (4 * measured.numbers + measured.rows(texts) * row)


def bytes_owned(measured: Measured, texts: int, processes: int) -> float:
    """What each process gets where every row has an owner: gradients, and then vectors."""
    row = 8 + 2 * 4 * measured.shape.size
    return (processes - 1) / processes * (2 * 4 * measured.numbers + measured.rows(texts) * row)


def _ids(drawn: np.random.Generator, shape: Shape, texts: int) -> np.ndarray:
    """Words of some texts: Mandelbrot's form of Zipf's law, by the inverse of its integral."""
    share = drawn.random((texts, TOKENS))
    found = SHIFT * ((shape.words + SHIFT) / SHIFT) ** share - SHIFT
    return np.minimum(found.astype(np.int64), shape.words - 1) + 2


def main() -> None:
    torch.set_num_threads(1)
    for shape in SHAPES:
        measured, rows = Measured(shape), []
        for batch in BATCHES:
            alone = measured.step(batch)
            for processes in PROCESSES:
                cells = _cells(measured, batch // processes, processes, alone)
                rows.append([f"{batch} texts, {1000 * alone:.1f} ms", str(processes), *cells])
        heads = [f"{layout}, {what}" for layout in ("all", "owned") for what in ("MB", *NETWORKS)]
        print(f"\n{shape.title}\n")
        print("\n".join(markdown(["batch", "processes", *heads], rows)), flush=True)


def _cells(measured: Measured, texts: int, processes: int, alone: float) -> Iterator[str]:
    """Megabytes, and how many times as fast as one process, by layout and network."""
    step = measured.step(texts)
    for received, every in ((bytes_gathered, True), (bytes_owned, False)):
        size = received(measured, texts, processes)
        seconds = step + measured.sums(texts, processes, every=every) + LATENCY
        yield f"{size / 1e6:.2f}"
        yield from (f"{alone / (seconds + size / speed):.1f}" for speed in NETWORKS.values())


if __name__ == "__main__":
    main()
