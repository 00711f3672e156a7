"""An experiment that takes a fraction of a second."""

from __future__ import annotations

from nlpkit import Embedding, EmbeddingMean, Experiment, Headlines, Offsetify, Standard

EXPERIMENT = Experiment(
    data=Headlines(train_size=80, valid_size=20, test_size=20),
    encoder=EmbeddingMean(embedding=Embedding(size=4)),
    collator=Offsetify(),
    trainer=Standard(batch_size=40, epochs=2, learning_rate=0.1),
    baseline=False,
)
