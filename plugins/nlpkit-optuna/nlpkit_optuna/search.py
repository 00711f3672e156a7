"""How to search, apart from what is searched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from nlpkit import METRICS, Settings, did_you_mean, number, refuse, whole

Pruning = Literal["median", "hyperband", "none"]
Against = Literal["none", "size", "latency"]
_UNITS = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
}


@dataclass(frozen=True)
class Search(Settings):
    """How a space is searched.

    trials: trials in all, of every process that shares the study
    name: what the study is called in its storage; none is the name of the file
    storage: the database that the processes share, such as sqlite:///trials.db or postgresql://host/name;
        none is a file trials.db in the folder
    metric: the score of the validation texts that is searched for; none is trainer.monitor, or else accuracy
    against: what is held against the score: the size of the model, or the latency of a text
    max_size: most bytes of the model as it is written, such as 1MB
    pruning: which trials end early by the scores of their epochs: those below the median of the others,
        those that a bracket of hyperband leaves behind, or none; with `against` or `max_size` none does,
        since a small model is not to be left for the scores of large ones
    seeds: trainings of each trial, whose scores are averaged
    seed: what all randomness of the search comes from
    time_limit: seconds after which this process stops; what it has begun goes back to the others
    grace: seconds without a sign of life after which a process counts as dead, and its trial is run again
    """

    trials: int = 40
    name: str | None = None
    storage: str | None = None
    metric: str | None = None
    against: Against = "none"
    max_size: int | str | None = None
    pruning: Pruning = "median"
    seeds: int = 1
    seed: int = 13
    time_limit: float | None = None
    grace: int = 60

    def __post_init__(self) -> None:
        refuse(
            whole(1, 1_000_000, trials=self.trials),
            {"name": "is empty"} if self.name is not None and not self.name.strip() else {},
            {"metric": _no_metric(self.metric)} if self.metric not in (None, *METRICS) else {},
            {"max_size": _no_size(self.max_size)}
            if self.max_size is not None and not self.most_bytes
            else {},
            whole(1, 100, seeds=self.seeds),
            whole(0, 2**31 - 1, seed=self.seed),
            number(0, 1e9, time_limit=self.time_limit),
            whole(2, 86_400, grace=self.grace),
        )

    @property
    def prunes(self) -> bool:
        return self.pruning != "none" and self.against == "none" and self.max_size is None

    @property
    def most_bytes(self) -> int | None:
        """`max_size` as a number."""
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([a-z]*)", str(self.max_size).strip().lower())
        if self.max_size is None or found is None or found[2] not in _UNITS:
            return None
        return round(float(found[1]) * _UNITS[found[2]])


def _no_size(given: int | str) -> str:
    return f"{given!r} is not a size above 0; write it like 500kB, 1MB or 1.5MiB"


def _no_metric(given: str | None) -> str:
    return f"there is no metric {given!r}; {did_you_mean(str(given), METRICS)}"


def without_password(url: str) -> str:
    """An address as it may be shown.

    >>> without_password("postgresql://me:secret@host/trials")
    'postgresql://me:***@host/trials'
    """
    return re.sub(r"(?<=://)([^:/@]*):[^@/]*@", r"\1:***@", url)
