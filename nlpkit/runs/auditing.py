"""The audit of whatever has texts and labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.data.texts import Splits
from nlpkit.errors import ConfigError

if TYPE_CHECKING:
    from nlpkit.components.kinds import Dataset
    from nlpkit.data.auditing.audit import Audit
    from nlpkit.experiment.value import Experiment


def audit(data: Splits | Dataset | Experiment | Path | str, *, doubts: bool = True) -> Audit:
    """Look for what makes scores too good or labels too bad: texts that are nearly the same, within and
    across parts; twins with different labels; words that tell a class alone; classes that are not as frequent
    in all parts; damaged texts; and, with `doubts`, labels that a model which has not seen them does not
    believe.

    `data` is a dataset, what one has read, an experiment, or a file: of texts, or of an experiment (TOML).
    DataError where the texts cannot be read.
    """
    from nlpkit.data.auditing.audit import audit_of
    from nlpkit.data.auditing.oddities import audited
    from nlpkit.experiment.splits import splits_of

    splits = data if isinstance(data, Splits) else splits_of(_dataset(data))
    return audit_of(audited(splits), doubts=doubts)


def _dataset(data: object) -> Dataset:
    from nlpkit.components.kinds import Dataset
    from nlpkit.experiment.default import experiment_for
    from nlpkit.experiment.file import load_experiment
    from nlpkit.experiment.value import Experiment

    if isinstance(data, str | Path):
        path = Path(data)
        data = load_experiment(path) if path.suffix == ".toml" else experiment_for(path, {}, None, None)[0]
    if isinstance(data, Experiment):
        data = data.data
    if not isinstance(data, Dataset):
        raise ConfigError(f"a dataset, an experiment or a file is expected, not a {type(data).__name__}")
    return data
