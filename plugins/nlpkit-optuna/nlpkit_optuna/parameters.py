"""One setting that is searched: a range, or choices."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nlpkit import did_you_mean

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.distributions import BaseDistribution

OF_RANGES = ("low", "high", "step", "log")
_FORM = "give a range, { low = ..., high = ... }, or a list of choices, [...]"


@dataclass(frozen=True)
class Parameter(ABC):
    """A setting that is searched.

    `name` is its place in the space, `path` its place in an experiment; `when` has the choices, by name, that
    it takes to be searched at all.
    """

    name: str
    path: tuple[str, ...]
    when: tuple[tuple[str, str], ...]

    @property
    @abstractmethod
    def probes(self) -> Sequence[Any]:
        """The values that the settings are asked about."""

    @property
    @abstractmethod
    def distribution(self) -> BaseDistribution:
        """What it is to Optuna."""

    @abstractmethod
    def suggested(self, trial: Trial) -> Any:
        """Its value in a trial."""


@dataclass(frozen=True)
class Choices(Parameter):
    """Some values. Where they are types of a component, `kind` is what it is."""

    options: tuple[Any, ...]
    kind: str = ""

    @property
    def probes(self) -> Sequence[Any]:
        return self.options

    @property
    def labels(self) -> list[str | int | float | bool]:
        """The options as a database has them: of a list or a table, its text."""
        return [each if isinstance(each, str | int | float) else json.dumps(each) for each in self.options]

    @property
    def distribution(self) -> BaseDistribution:
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.labels)

    def suggested(self, trial: Trial) -> Any:
        label = trial.suggest_categorical(self.name, self.labels)
        return self.option(label)

    def option(self, label: Any) -> Any:
        """The option that a database has under a label."""
        return self.options[self.labels.index(label)]


@dataclass(frozen=True)
class Range(Parameter):
    """All numbers from `low` to `high`, or those that are some `step`s above `low`; `whole` ones alone where
    the setting takes no others.
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False
    whole: bool = False

    @property
    def probes(self) -> Sequence[Any]:
        return (self.low, self.high)

    @property
    def distribution(self) -> BaseDistribution:
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.whole:
            least, most, step = int(self.low), int(self.high), int(self.step or 1)
            return IntDistribution(least, most - (most - least) % step, log=self.log, step=step)
        high = float(self.high)
        if self.step is not None:
            high = self.low + self.step * math.floor(round((high - self.low) / self.step, 9))
        return FloatDistribution(float(self.low), high, log=self.log, step=self.step)

    def suggested(self, trial: Trial) -> Any:
        each: Any = self.distribution
        if self.whole:
            return trial.suggest_int(self.name, each.low, each.high, step=each.step, log=each.log)
        return trial.suggest_float(self.name, each.low, each.high, step=each.step, log=each.log)

    def has(self, value: Any) -> bool:
        """Whether it is one of the numbers."""
        return _is_number(value) and self.distribution._contains(value)


def form_problems(given: Any) -> list[str]:
    """What is wrong with a range or choices as they are written, whatever the setting is."""
    if isinstance(given, list | tuple):
        return [] if given else ["the list of choices is empty"]
    if not isinstance(given, Mapping):
        return [f"{json.dumps(given, default=str)} is one value; {_FORM}, or set it with --set"]
    problems = [
        f"a range has no {name}; {did_you_mean(name, OF_RANGES)}" for name in given if name not in OF_RANGES
    ]
    missing = [name for name in ("low", "high") if name not in given]
    bad = [name for name in ("low", "high", "step") if name in given and not _is_number(given[name])]
    problems += [f"{name} is required and missing" for name in missing]
    problems += [f"{name} is {json.dumps(given[name], default=str)}, which is not a number" for name in bad]
    if not isinstance(given.get("log", False), bool):
        problems.append(f"log is {json.dumps(given['log'], default=str)}, which is not true or false")
    return problems or _range_problems(given)


def _range_problems(given: Mapping[str, Any]) -> list[str]:
    low, high, step, log = given["low"], given["high"], given.get("step"), given.get("log", False)
    problems = []
    if low >= high:
        problems.append(f"low is {low}, which is not below high, {high}")
    if log and low <= 0:
        problems.append(f"low is {low}, and log needs one above 0")
    if log and step is not None:
        problems.append("step has no place beside log")
    if step is not None and not 0 < step <= max(high - low, 0):
        problems.append(f"step is {step}, which is not above 0 and at most high - low")
    return problems


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
