"""The experiment of someone who names a file of texts, and no settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpkit.components.collators import Offsetify
from nlpkit.components.datasets import FILES
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean
from nlpkit.components.kinds import Dataset
from nlpkit.components.tokenizers import Ngrams, Unicode
from nlpkit.components.trainers import Standard
from nlpkit.data.reading.guess import Guess, guessed
from nlpkit.data.reading.layout import TxtLayout
from nlpkit.errors import ConfigError
from nlpkit.experiment.value import Experiment
from nlpkit.settings.hints import briefly
from nlpkit.settings.values import refuse
from nlpkit.text.settings import VocabConfig


def default_experiment(data: Dataset) -> Experiment:
    """Words and pairs of words, averaged: quick, and hard to beat with a few thousand texts.

    Joulin et al. (2016), "Bag of tricks for efficient text classification". SettingsError where `data` is no
    dataset.
    """
    if not isinstance(data, Dataset):
        file = isinstance(data, str | Path)
        way = 'Csv(train="tickets.csv") reads a file' if file else "InMemory(texts, labels) holds columns"
        refuse({"data": f"{briefly(data)} is not a dataset; {way}"})
    return Experiment(
        data=data,
        tokenizer=Ngrams(tokenizer=Unicode(lowercase=True), max_n=2),
        vocab=VocabConfig(min_count=2),
        collator=Offsetify(),
        encoder=EmbeddingMean(embedding=Embedding(size=64, dropout=0.5)),
        trainer=Standard(batch_size=32, epochs=20, learning_rate=1e-2, schedule="linear"),
        metrics=("accuracy", "f1_macro", "log_loss"),
    )


def experiment_for(
    path: Path, given: Mapping[str, Any], format: str | None = None, labels: Path | None = None
) -> tuple[Experiment, Guess]:
    """The default experiment with a file to learn from, and what was found out about that.

    `given` are the settings of its layout that are known, and `labels` is the file of its labels, for one of
    texts alone.
    """
    guess = guessed(path, given, format)
    if (labels is None) == isinstance(guess.layout, TxtLayout):
        raise ConfigError(
            f"a {guess.layout.format} file has {'no labels' if labels is None else 'labels of its own'}",
            hint='train_labels = "FILE" names the file that has the labels of a txt file, line by line; '
            'type = "fasttext" is for lines that begin with __label__NAME, and type = "label_text" for those '
            'whose first word is the label; for a table, set type = "csv" or type = "tsv"',
            location=str(path),
        )
    beside: dict[str, Any] = {} if labels is None else {"train_labels": labels}
    return default_experiment(FILES[guess.layout.format](path, **beside, **vars(guess.layout))), guess
