"""Bars that scores have to reach: `--min accuracy=0.9`, or exit code 6."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from nlpkit.cli import completion
from nlpkit.errors import ConfigError, GateError
from nlpkit.runs.metrics import metric_named

if TYPE_CHECKING:
    from nlpkit.scoring.metric import Metric

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
    """The lowest value allowed of each score, and the metrics they are of."""

    lowest: Mapping[str, float]
    metrics: tuple[str | Metric, ...] = ()

    def among(self, metrics: Iterable[str | Metric]) -> tuple[str | Metric, ...]:
        """Some metrics, and those that a bar is set for behind them."""
        from nlpkit.scoring.metrics import by_name

        given = by_name(metrics)
        return (*given.values(), *(each for name, each in by_name(self.metrics).items() if name not in given))

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


def check_gates(gates: tuple[str, ...], known: Iterable[str | Metric] = ()) -> Gates:
    """The bars of a command line; `known` are metrics with settings of their own."""
    from nlpkit.scoring.metric import name_of
    from nlpkit.scoring.metrics import METRICS, higher_is_better, highest

    known = tuple(known)
    lowest, metrics = dict[str, float](), []
    for gate in gates:
        name, equals, value = gate.partition("=")
        if not equals:
            raise ConfigError(f"--min {gate!r} is not METRIC=VALUE", hint=_EXAMPLE)
        try:
            metric = metric_named(name, known)
        except ConfigError as error:
            raise ConfigError(f"--min {gate}: {error.message}", hint=error.hint) from None
        name = name_of(metric)
        if not higher_is_better(metric):
            negative = f"; use neg_{name}" if f"neg_{name}" in METRICS else ""
            raise ConfigError(f"--min {gate}: lower values of {name} are better{negative}")
        lowest[name] = _finite(gate, value)
        if lowest[name] > highest(metric):
            raise ConfigError(f"--min {gate}: no {name} is above {highest(metric):g}", hint=_EXAMPLE)
        metrics.append(metric)
    return Gates(lowest, tuple(metrics))


def _finite(gate: str, value: str) -> float:
    try:
        bar = float(value)
    except ValueError:
        bar = math.nan
    if not math.isfinite(bar):
        raise ConfigError(f"--min {gate}: {value!r} is not a number", hint=_EXAMPLE)
    return bar
