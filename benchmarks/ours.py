"""nlpkit's own training loop, epoch by epoch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from benchmarks.corpora import Corpus
from nlpkit import BasicEnglish, Embedding, Labels, Lstm, PadLength, Standard, TextConfig, VocabConfig
from nlpkit.collators import Padify
from nlpkit.indexing import index, text_tokenizer
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.rows import Rows


@dataclass
class Ours:
    """The lesson's LSTM in nlpkit: encoded once, batches of similar length."""

    corpus: Corpus
    packed: bool = False
    batch_size: int = 64
    epochs: int = 1_000
    index_seconds: float = field(init=False)
    _reports: Iterator[object] = field(init=False)

    def __post_init__(self) -> None:
        started = time.perf_counter()
        ids, vocab = index(self.corpus.texts, text_tokenizer(BasicEnglish(), TextConfig()), VocabConfig())
        self.index_seconds = time.perf_counter() - started
        labels = Labels([str(i) for i in range(len(set(self.corpus.labels)))])
        torch.manual_seed(13)
        encoder = Lstm(hidden_size=32, packed=self.packed, embedding=Embedding(size=64)).build(vocab)
        collate = (PadLength() if self.packed else Padify()).build()
        gold = labels.ids(map(str, self.corpus.labels))
        trainer = Standard(batch_size=self.batch_size, epochs=self.epochs, learning_rate=1e-3)
        model = Classifier(encoder, len(labels))
        rows = Rows(ids, gold, collate)
        nobody = Rows(ids.take([]), gold[:0], collate)
        self._reports = iter(trainer.build(labels, seed=13)(model, rows, nobody, None))

    def epoch(self) -> float:
        """Train one epoch; the texts a second."""
        return float(next(self._reports).texts_per_second)  # type: ignore[attr-defined]
