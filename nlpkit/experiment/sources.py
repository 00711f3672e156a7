"""The experiment that somebody means who names a file, a dataset or an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nlpkit.components.kinds import Dataset
from nlpkit.data.reading.formats import is_text, known_ending
from nlpkit.experiment.default import default_experiment, experiment_for
from nlpkit.experiment.file import load_experiment
from nlpkit.experiment.value import Experiment
from nlpkit.settings.hints import briefly
from nlpkit.settings.values import refuse

Source = Experiment | Dataset | Path | str
"""What a run is of: an experiment, the TOML file of one, a dataset, or a file or folder of texts."""


def experiment_from(source: Source, name: str = "experiment") -> tuple[Experiment, str]:
    """The experiment, and how the file was read, if it is one of texts whose layout was found out.

    A TOML file is an experiment. A file or folder of texts, or a dataset, has the default one. SettingsError
    where it is none of these, which is said of `name`.
    """
    if isinstance(source, Experiment):
        return source, ""
    if isinstance(source, Dataset):
        return default_experiment(source), ""
    if not isinstance(source, str | Path) or source == "":
        refuse({name: f"{briefly(source)} is no experiment, dataset or file{_way(source)}"})
    path = Path(source)
    if not holds_texts(path):
        return load_experiment(path), ""
    experiment, guess = experiment_for(path, {})
    return experiment, f"{path}: read {guess.said}" if guess.said else ""


def holds_texts(path: Path, format: str | None = None) -> bool:
    """Whether a file or folder holds texts and not an experiment, by its name, how it begins, and whether a
    format is given.
    """
    if path.suffix == ".toml":
        return False
    return format is not None or path.is_dir() or known_ending(path) or (path.is_file() and not is_text(path))


def _way(source: Any) -> str:
    """How columns in memory become a dataset."""
    columns = hasattr(source, "columns") or isinstance(source, list | tuple)
    return "; InMemory(texts, labels) makes a dataset of columns" if columns else ""
