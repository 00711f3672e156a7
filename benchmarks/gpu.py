"""Training and prediction on a GPU beside the CPU of the same machine: python -m benchmarks.gpu [steps]

Invented headlines, so that nothing is downloaded. Each row is trained from the same seed; rates are the
median of the epochs after the first, and prediction is of the test texts from ids to probabilities. With
`steps` the rows are what a loss, a step and an average of weights add to one encoder.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any

import torch

import nlpkit
from nlpkit.nn import probabilities
from nlpkit.text import encode, text_tokenizer

DATA = nlpkit.Headlines(train_size=40_000, valid_size=1_000, test_size=40_000)
SMALL = nlpkit.Lstm(
    hidden_size=32, bidirectional=False, dropout=0.0, pooling="last", embedding=nlpkit.Embedding(size=64)
)
BOTH = replace(SMALL, bidirectional=True, pooling="max")
WIDE = replace(BOTH, hidden_size=256, num_layers=2, embedding=nlpkit.Embedding(size=256))
MEAN = nlpkit.EmbeddingMean(embedding=nlpkit.Embedding(size=64))
LSTMS = {"lstm 64/32": SMALL, "lstm 64/32, both directions": BOTH, "2 x lstm 256/256, both directions": WIDE}
BATCHES = (64, 512, 4096)
ADDED: dict[str, dict[str, Any]] = {
    "plain": {},
    "class weights": {"class_weights": "balanced"},
    "focal loss": {"loss": nlpkit.Focal()},
    "word dropout": {"steps": (nlpkit.WordDropout(),)},
    "mixup": {"steps": (nlpkit.Mixup(),)},
    "R-Drop": {"steps": (nlpkit.RDrop(),)},
    "FGM": {"steps": (nlpkit.Fgm(),)},
    "FGM and R-Drop": {"steps": (nlpkit.Fgm(), nlpkit.RDrop())},
    "EMA": {"average": "ema"},
    "SWA": {"average": "swa"},
}
Row = tuple[str, nlpkit.Encoder, nlpkit.Collator, str, dict[str, Any]]


def rows_of_steps() -> Iterator[Row]:
    """What is added to a plain training of one encoder, on both devices."""
    dropped = replace(BOTH, dropout=0.2)
    for name, added in ADDED.items():
        for device in ("cpu", "cuda"):
            settings = {"batch_size": 512, "embedding_updates": "dense", **added}
            yield name, dropped, nlpkit.PadLength(), device, settings


def rows() -> Iterator[Row]:
    """Name, encoder, collator, device and the trainer's settings of each row."""
    for name, lstm in LSTMS.items():
        wide = lstm is WIDE
        for packed in (False, True):
            encoder, form = replace(lstm, packed=packed), f"{name}, {'packed' if packed else 'padded'}"
            for batch_size in BATCHES:
                settings = {"batch_size": batch_size, "embedding_updates": "dense"}
                if not (wide or packed) and batch_size < 4096:
                    cpu = {"batch_size": batch_size, "embedding_updates": "rows"}
                    yield form, encoder, nlpkit.PadLength(), "cpu", cpu
                yield form, encoder, nlpkit.PadLength(), "cuda", settings
                if wide:
                    half = {**settings, "precision": "bfloat16"}
                    yield form, encoder, nlpkit.PadLength(), "cuda", half
                elif batch_size == 512:
                    yield form, encoder, nlpkit.PadLength(), "cuda", {**settings, "embedding_updates": "rows"}
    for batch_size in BATCHES:
        settings = {"batch_size": batch_size}
        yield "embedding mean 64", MEAN, nlpkit.Offsetify(), "cpu", settings
        yield "embedding mean 64", MEAN, nlpkit.Offsetify(), "cuda", settings


def measured(
    name: str, encoder: nlpkit.Encoder, collator: nlpkit.Collator, device: str, settings: dict[str, Any]
) -> str:
    """A row of the table."""
    rate = {64: 3e-3, 512: 1e-2, 4096: 1e-2}[settings["batch_size"]] / (4 if name.startswith("2 x") else 1)
    trainer = nlpkit.Standard(epochs=4, device=device, learning_rate=rate, **settings)
    experiment = nlpkit.Experiment(data=DATA, encoder=encoder, collator=collator, trainer=trainer)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    result = nlpkit.run(experiment)
    memory = f"{torch.cuda.max_memory_allocated() / 1e6:,.0f}" if device == "cuda" else ""
    texts = result.splits.test.texts
    tokenize = text_tokenizer(experiment.tokenizer, experiment.text)
    ids = encode(texts, tokenize, result.model.vocab)
    collate = collator.build(result.model.vocab)
    probabilities(result.model.classifier, ids.take(range(2000)), collate)
    started = time.perf_counter()
    probabilities(result.model.classifier, ids, collate)
    predicted = len(texts) / (time.perf_counter() - started)
    trained = median(epoch.texts_per_second for epoch in result.epochs[1:])
    how = settings.get("precision", settings.get("embedding_updates", "auto"))
    cells = [name, device, str(settings["batch_size"]), how, f"{trained:,.0f}", f"{predicted:,.0f}"]
    cells += [memory, f"{result.scores['accuracy']:.3f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(torch.__version__, torch.cuda.get_device_name(), flush=True)
    print("| encoder | device | batch | updates | training texts/s | prediction texts/s | MB | accuracy |")
    print("|---|---|---:|---|---:|---:|---:|---:|")
    for row in rows_of_steps() if sys.argv[1:] == ["steps"] else rows():
        print(measured(*row), flush=True)
