"""Exported models beside the models they were made of, on the AG News test rows.

`python -m benchmarks.exported trained` trains three models on all training rows: a bag of words, an LSTM of
two layers and both directions, and a pool. `forms` trains every form of every encoder for an epoch on 2,000
rows. torch and onnxruntime take turns on the same texts, with a thread each. With `--alone PYTHON` the loader
is run by another Python too, which needs numpy and onnxruntime alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import nlpkit
from benchmarks.tables import markdown
from nlpkit import (
    AgNews,
    Embedding,
    EmbeddingMean,
    Experiment,
    Gru,
    InMemory,
    Linear,
    Lstm,
    Member,
    Ngrams,
    Offsetify,
    Padify,
    PadLength,
    Rnn,
    Standard,
    TextModel,
    Tfidf,
    Unicode,
    VocabConfig,
    WordCharNgrams,
)
from nlpkit.models.exporting.gate import Measured
from nlpkit.runs.observer import Observer

FEW_ROWS = 2000
TWICE = VocabConfig(min_count=2)
ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import nlpkit_onnx
found = nlpkit_onnx.load()
texts = json.load(sys.stdin)
assert not {"torch", "nlpkit"} & set(sys.modules)
print(json.dumps([found.probabilities(texts).tolist(), found.predict(texts)]))
"""


def trained_for_real() -> Iterator[tuple[str, Experiment]]:
    """What is trained on all rows."""
    bag = Experiment(
        data=AgNews(), vocab=TWICE, encoder=EmbeddingMean(), collator=Offsetify(), trainer=Standard(epochs=3)
    )
    yield "embedding_mean", bag
    lstm = Lstm(num_layers=2)
    yield (
        "lstm, 2 layers, 2 directions",
        replace(bag, encoder=lstm, collator=PadLength(), trainer=Standard(epochs=2)),
    )
    members = (
        Member(bag.encoder, Ngrams(), vocab=TWICE, collator=Offsetify(), trainer=Standard(epochs=2)),
        Member(Tfidf(norm="l2_apart"), WordCharNgrams(), vocab=TWICE, collator=Offsetify(), trainer=Linear()),
        Member(lstm, vocab=TWICE, collator=PadLength(), trainer=Standard(epochs=2)),
    )
    yield "pool of embedding_mean, tfidf and lstm", Experiment(data=AgNews(), members=members)


def every_form(train: Any) -> Iterator[tuple[str, Experiment]]:
    """Every form of every encoder, on a few rows."""
    data = InMemory(list(train.texts)[:FEW_ROWS], list(train.names)[:FEW_ROWS])
    base = Experiment(data=data, encoder=EmbeddingMean(), trainer=Standard(epochs=1, min_steps=1))
    for cell, layers, both, packed in product((Rnn, Gru, Lstm), (1, 2), (False, True), (False, True)):
        encoder = cell(num_layers=layers, bidirectional=both, packed=packed)
        words = f"{layers} layers" if layers > 1 else "1 layer"
        name = f"{cell.__name__.lower()}, {words}, {1 + both} directions{', packed' * packed}"
        yield name, replace(base, encoder=encoder, collator=PadLength())
    for pooling in ("last", "mean", "max", "attention"):
        yield f"gru, pooling {pooling}", replace(base, encoder=Gru(pooling=pooling), collator=Padify())
    for collator in (Padify(), Offsetify(max_tokens=20, keep="both")):
        name = f"embedding_mean, {type(collator).__name__.lower()}"
        yield name, replace(base, collator=collator, tokenizer=Unicode())
    words_that_share = EmbeddingMean(embedding=Embedding(char_ngrams=(3, 5)))
    yield "embedding_mean, char_ngrams", replace(base, encoder=words_that_share, collator=Offsetify())
    yield (
        "tfidf, linear",
        replace(
            base,
            encoder=Tfidf(sublinear_tf=True),
            trainer=Linear(),
            collator=Offsetify(),
            tokenizer=WordCharNgrams(),
        ),
    )


def row(name: str, torchs: Measured, onnx: Measured) -> list[str]:
    """A form of a model beside torch's."""
    numbers = (
        *(f"{onnx.changed}", f"{onnx.difference:.1e}", f"{torchs.megabytes:.1f}", f"{onnx.megabytes:.1f}"),
        *(f"{torchs.latency_ms:.2f}", f"{onnx.latency_ms:.2f}"),
        *(f"{torchs.texts_per_second:,.0f}", f"{onnx.texts_per_second:,.0f}", f"{onnx.accuracy or 0:.4f}"),
    )
    return [name, *numbers]


def alone(python: str, folder: Path, model: TextModel, texts: Sequence[str]) -> str:
    """What another Python makes of the texts with the loader, beside the model."""
    ran = subprocess.run(
        [python, "-I", "-c", ALONE, str(folder)],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=True,
    )
    probabilities, labels = json.loads(ran.stdout)
    changed = sum(one != other for one, other in zip(labels, model.predict(texts), strict=True))
    return f"{changed} changed, {np.abs(np.array(probabilities) - model.probabilities(texts)).max():.1e}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, export and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exported", description=__doc__)
    parser.add_argument("part", choices=["trained", "forms"])
    parser.add_argument("--alone", metavar="PYTHON", help="a Python with numpy and onnxruntime alone")
    given = parser.parse_args(arguments)
    splits = AgNews().build()()
    experiments = trained_for_real() if given.part == "trained" else every_form(splits.train)
    texts, gold = list(splits.test.texts), list(splits.test.names)
    heads = ["model", "labels changed", "largest difference", "MB, torch", "MB, ONNX", "ms a text, torch"]
    heads += ["ms a text, ONNX", "texts/s, torch", "texts/s, ONNX", "accuracy"]
    rows, by_others = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, experiment in experiments:
            model = nlpkit.run(replace(experiment, baseline=False), observer=Observer()).model
            real = given.part == "trained"
            for precision in ("fp32", "fp16", "int8") if real else ("fp32",):
                to = Path(folder, f"{len(rows)}")
                done = nlpkit.export(model, to, precision=precision, texts=texts, labels=gold, max_changed=1)
                rows.append(row(f"{name}{f', {precision}' * real}", done.forms[0], done.forms[-1]))
                print(" | ".join(rows[-1]), flush=True)
                if given.alone and precision == "fp32":
                    by_others.append([name, alone(given.alone, to, model, texts)])
    print("\n".join(markdown(heads, rows)))
    if by_others:
        print("\n".join(markdown(["model", "by the loader alone"], by_others)))


if __name__ == "__main__":
    main()
