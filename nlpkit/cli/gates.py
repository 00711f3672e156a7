"""Bars that scores have to reach: `--min accuracy=0.9`, or exit code 6."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from nlpkit.cli import completion
from nlpkit.errors import ConfigError, GateError, did_you_mean

if TYPE_CHECKING:
    from nlpkit.experiment.value import Experiment

_EXAMPLE = "for example: --min accuracy=0.9"
gate_option = click.option(
    "--min",
    "gates",
    multiple=True,
    metavar="METRIC=VALUE",
    shell_complete=completion.bars,
    help="Exit with code 6 if a score is below VALUE. Can be repeated.",
)


@dataclass(frozen=True)
class Gates:
    """The lowest value allowed of each score."""

    lowest: Mapping[str, float]

    def scored(self, experiment: Experiment) -> Experiment:
        """The experiment, with the metrics that a bar is set for among its own."""
        metrics = dict.fromkeys([*experiment.metrics, *self.lowest])
        return replace(experiment, metrics=tuple(metrics))

    def hold(self, scores: Mapping[str, float]) -> None:
        """GateError with every bar that is not met."""
        from nlpkit.report.text import score_text

        missed = [
            f"{name} is {score_text(scores[name])}, and --min asks for {bar:g}"
            for name, bar in self.lowest.items()
            if not scores[name] >= bar  # NaN meets no bar
        ]
        if missed:
            raise GateError("; ".join(missed))


def check_gates(gates: tuple[str, ...]) -> Gates:
    """The bars of a command line."""
    from nlpkit.scoring.metrics import METRICS

    lowest = {}
    for gate in gates:
        name, equals, value = gate.partition("=")
        if not equals:
            raise ConfigError(f"--min {gate!r} is not METRIC=VALUE", hint=_EXAMPLE)
        if name not in METRICS:
            raise ConfigError(f"--min {gate}: {name!r} is not a metric; {did_you_mean(name, METRICS)}")
        if not METRICS[name].higher_is_better:
            negative = f"; use neg_{name}" if f"neg_{name}" in METRICS else ""
            raise ConfigError(f"--min {gate}: lower values of {name} are better{negative}")
        lowest[name] = _finite(gate, value)
        if lowest[name] > (highest := METRICS[name].highest):
            raise ConfigError(f"--min {gate}: no {name} is above {highest:g}", hint=_EXAMPLE)
    return Gates(lowest)


def _finite(gate: str, value: str) -> float:
    try:
        bar = float(value)
    except ValueError:
        bar = math.nan
    if not math.isfinite(bar):
        raise ConfigError(f"--min {gate}: {value!r} is not a number", hint=_EXAMPLE)
    return bar
