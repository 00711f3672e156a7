"""What a search found: its trials, and the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nlpkit import METRICS, Experiment
from nlpkit_optuna.search import Search, without_password
from nlpkit_optuna.space import Space

_SHORT = 4  # letters, of a word that says little by itself


@dataclass(frozen=True)
class Row:
    """A trial that is over. `state` is complete, pruned or failed; `score` is None unless it is complete.

    `number` is Optuna's, and `place`, from 0, that among all that were begun, which a trial that is run again
    keeps: the one at 0 has the settings of the experiment. `settings` are those that were searched, `seed` is
    that of the training. `size` is in bytes, `latency` in milliseconds a text. `fits` says whether the model
    is as small as was asked for, `epochs` has the scores of the epochs.
    """

    number: int
    place: int
    state: str
    settings: dict[str, Any]
    seed: int
    score: float | None = None
    size: int | None = None
    latency: float | None = None
    seconds: float | None = None
    fits: bool = True
    error: str = ""
    epochs: tuple[tuple[int, float], ...] = ()

    @property
    def chosen_from(self) -> bool:
        """Whether it can be the best."""
        return self.score is not None and self.fits


@dataclass(frozen=True)
class Sweep:
    """What a search found. `trials` are those of all processes, in their order; `importances` say how much of
    the differences between scores each setting explains, of all together 1.
    """

    metric: str
    search: Search
    space: Space
    trials: tuple[Row, ...]
    importances: dict[str, float]
    folder: Path

    @property
    def name(self) -> str:
        return self.search.name or ""

    @property
    def storage(self) -> str:
        """The address of the database, as it may be shown."""
        return without_password(self.search.storage or "")

    @property
    def higher_is_better(self) -> bool:
        return METRICS[self.metric].higher_is_better

    @cached_property
    def best(self) -> Row | None:
        """The trial with the best score among those that fit, of equals the one that is better in the other
        objective, or else the first; None where there is none.
        """
        return min((each for each in self.trials if each.chosen_from), key=self._rank, default=None)

    @cached_property
    def front(self) -> tuple[Row, ...]:
        """Those with no other that is better in one objective and not worse in the other, best score first.
        Of one objective, the best.
        """
        front: list[Row] = []
        for each in sorted((each for each in self.trials if each.chosen_from), key=self._rank):
            if not front or self._other(each) < self._other(front[-1]):
                front.append(each)
        return tuple(front)

    def experiment(self, row: Row) -> Experiment:
        """The experiment of a trial, which trains the same model."""
        return replace(self.space.experiment_with(row.settings), seed=row.seed)

    def _other(self, row: Row) -> float:
        """What is held against the score, 0 where nothing is."""
        return {"none": 0.0, "size": float(row.size or 0), "latency": row.latency or 0.0}[self.search.against]

    def _rank(self, row: Row) -> tuple[float, float, int]:
        score = row.score or 0.0
        return -score if self.higher_is_better else score, self._other(row), row.number


def shown(row: Row, sweep: Sweep) -> dict[str, str]:
    """The cells of a trial in a table, by their columns."""
    cells = {"trial": str(row.number), sweep.metric: "-" if row.score is None else f"{row.score:.4f}"}
    cells["model"] = bytes_text(row.size) + ("" if row.fits else " (too large)")
    if sweep.search.against == "latency":
        cells["ms a text"] = "-" if row.latency is None else f"{row.latency:.2f}"
    cells["seconds"] = "-" if row.seconds is None else f"{row.seconds:.1f}"
    cells["state"] = row.state
    return cells


def bytes_text(size: int | None) -> str:
    """A size for a person.

    >>> bytes_text(512), bytes_text(1_234_567)
    ('512 B', '1.23 MB')
    """
    if size is None:
        return "-"
    for unit, bytes_in in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_in:
            return f"{size / bytes_in:.3g} {unit}"
    return f"{size} B"


def value_text(value: Any) -> str:
    """The value of a setting, as short as it is to be read.

    >>> value_text(0.012345678), value_text(["max", "mean"]), value_text({"type": "ngrams", "max_n": 2})
    ('0.01235', 'max+mean', 'ngrams max_n=2')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        rest = [f"{key}={value_text(each)}" for key, each in value.items() if key != "type"]
        return " ".join([str(value.get("type", "")), *rest]).strip()
    if isinstance(value, list | tuple):
        return "+".join(map(value_text, value))
    return str(value)


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Each name by its last words: one that is longer than size, or as many as tell it from the others.

    >>> short_names(["encoder.embedding.size", "trainer.learning_rate"])
    {'encoder.embedding.size': 'embedding.size', 'trainer.learning_rate': 'learning_rate'}
    """
    found = {}
    for name in names:
        words = name.split(".")
        ends = [".".join(words[-count:]) for count in range(1 + (len(words[-1]) <= _SHORT), len(words) + 1)]
        alone = (end for end in ends if sum(f".{each}".endswith(f".{end}") for each in names) == 1)
        found[name] = next(alone, name)
    return found
