"""Scores beside each other on one scale, as places in percent that a style sheet draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlpkit.report.text import Scored

_STEP = 0.05  # the ends of a scale are multiples


@dataclass(frozen=True)
class Row:
    """A value with the ends of its interval, if it has one, and a word on what it is. What is not `drawn` is
    told as a number, and the scale goes without it.
    """

    name: str
    value: float
    ends: Sequence[float] | None = None
    what: str = ""
    drawn: bool = True


@dataclass(frozen=True)
class Board:
    """Rows on a scale from `low` to `high`."""

    rows: tuple[Row, ...]
    low: float
    high: float

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Board:
        """With the least scale that has all values and intervals in it that are drawn."""
        rows = tuple(rows)
        values = [value for row in rows if row.drawn for value in (row.value, *(row.ends or ()))]
        low = math.floor(round(min(values, default=0.0) / _STEP, 6)) * _STEP
        high = math.ceil(round(max(values, default=1.0) / _STEP, 6)) * _STEP
        return cls(rows, round(low, 2), round(high if high > low else low + _STEP, 2))

    def place(self, value: float) -> str:
        """Where a value is, in percent of the scale."""
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}%"

    def length(self, ends: Sequence[float]) -> str:
        """How long an interval is, in percent of the scale."""
        return f"{100 * (ends[1] - ends[0]) / (self.high - self.low):.2f}%"


def main_metric(scored: Scored) -> str:
    """The score that stands first: the one that the baseline is held against."""
    metric = scored.get("baseline", {}).get("metric", "accuracy")
    scores: Mapping[str, Any] = scored["scores"]
    return metric if scores.get(metric) is not None else next(iter(scores), "")


def board(scored: Scored) -> Board | None:
    """The main score of the run beside what it has to be better than; None where it is not defined."""
    metric = main_metric(scored)
    value = scored["scores"].get(metric)
    if value is None or not scored["texts"]:
        return None
    rows = [Row("this run", value, scored.get("intervals", {}).get(metric))]
    seeds = scored.get("seeds", {}).get("scores", {}).get(metric)
    if seeds:
        rows.append(Row(f"mean of {scored['seeds']['count']} seeds", seeds["mean"], seeds.get("interval")))
    baseline = scored.get("baseline", {})
    if baseline.get("above") and baseline.get(metric) is not None:
        rows.append(Row("linear baseline", baseline[metric], baseline.get("interval"), baseline["model"]))
    if metric == "accuracy":
        same = "the same labels" if scored.get("task") else "one class"
        rows.append(Row(f"always {same}", scored["majority_accuracy"], drawn=False))
    return Board.of(rows)


def slices_board(slices: Sequence[Mapping[str, Any]]) -> Board:
    """The accuracies of slices on one scale."""
    return Board.of(Row(each["name"], each["accuracy"], each.get("interval")) for each in slices)


def compared_board(runs: Sequence[Mapping[str, Any]], metric: str) -> Board | None:
    """One score of each run on one scale; None where no run has it."""
    values = [(run["scores"].get(metric), run["intervals"].get(metric)) for run in runs]
    if all(value is None for value, _ in values):
        return None
    named = zip(runs, values, strict=True)
    return Board.of(
        Row(run["run"], value or 0.0, ends, drawn=value is not None) for run, (value, ends) in named
    )
