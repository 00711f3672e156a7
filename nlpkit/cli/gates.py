"""Bars that scores have to reach: `--min accuracy=0.9`, or exit code 6."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from nlpkit.errors import ConfigError, GateError, did_you_mean
from nlpkit.metrics import METRICS

F = TypeVar("F", bound=Callable[..., Any])


def gate_option(command: F) -> F:
    """--min METRIC=VALUE."""
    return click.option(
        "--min",
        "gates",
        multiple=True,
        metavar="METRIC=VALUE",
        help="Leave with exit code 6 where a test score is lower than this. May be repeated.",
    )(command)


@dataclass(frozen=True)
class Gates:
    """The lowest value allowed of each score."""

    lowest: Mapping[str, float]

    def hold(self, scores: Mapping[str, float]) -> None:
        """GateError with every bar that is not met."""
        missed = [
            f"{name} is {scores.get(name, float('nan')):.4f}, and at least {bar:g} was asked for"
            for name, bar in self.lowest.items()
            if not scores.get(name, float("nan")) >= bar
        ]
        if missed:
            raise GateError("; ".join(missed))


def check_gates(gates: tuple[str, ...]) -> Gates:
    """The bars of a command line."""
    lowest = {}
    for gate in gates:
        name, _, value = gate.partition("=")
        if name not in METRICS:
            raise ConfigError(f"--min {gate}: {name!r} is not a metric; {did_you_mean(name, METRICS)}")
        try:
            lowest[name] = float(value)
        except ValueError:
            raise ConfigError(f"--min {gate}: {value!r} is not a number") from None
    return Gates(lowest)
