"""The experiment of someone who names a file of texts, and no settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpkit.components.datasets import FILES
from nlpkit.components.kinds import Dataset
from nlpkit.data.reading.guess import Guess, guessed
from nlpkit.data.reading.layout import TxtLayout
from nlpkit.errors import ConfigError
from nlpkit.experiment.value import Experiment
from nlpkit.settings.hints import briefly
from nlpkit.settings.values import refuse


def default_experiment(data: Dataset) -> Experiment:
    """An experiment whose run chooses what suits the texts, as `planned` does. SettingsError where `data` is
    no dataset.
    """
    if not isinstance(data, Dataset):
        file = isinstance(data, str | Path)
        way = 'Csv(train="tickets.csv") reads a file' if file else "InMemory(texts, labels) holds columns"
        refuse({"data": f"{briefly(data)} is not a dataset; {way}"})
    return Experiment(data=data)


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
