"""The charts of a search, as places of dots, lines and words: a template draws them and escapes words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nlpkit_optuna.found import Row, Sweep, short_names, value_text
from nlpkit_optuna.parameters import Choices, Parameter

_LEFT: Final = 46
_TOP: Final = 12
_BOTTOM: Final = 38
_RIGHT: Final = 14


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    kind: str  # complete, best, front, pruned or unfit
    title: str


@dataclass(frozen=True)
class Line:
    path: str
    kind: str  # grid, mark or quiet


@dataclass(frozen=True)
class Word:
    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass
class Chart:
    """A chart, and the sentence that stands for it where it cannot be seen."""

    width: int
    height: int
    alt: str
    dots: list[Dot] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


class Axis:
    """Where values are between 0 and 1: numbers, also on a logarithmic scale, or choices."""

    def __init__(self, values: Sequence[Any], *, log: bool = False, choices: Sequence[Any] = ()) -> None:
        self.numbers = not choices
        self.log = self.numbers and log and min(values, default=0) > 0
        self.choices = [value_text(each) for each in choices]
        if choices:
            return
        low, high = min(values, default=0.0), max(values, default=1.0)
        low, high = (math.log10(low), math.log10(high)) if self.log else (float(low), float(high))
        room = 0.05 * (high - low) or 0.5
        self.low, self.high = low - room, high + room

    def at(self, value: Any) -> float:
        if not self.numbers:
            return (self.choices.index(value_text(value)) + 0.5) / len(self.choices)
        return ((math.log10(value) if self.log else value) - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Some places, with what they are called."""
        if not self.numbers:
            return [(self.at(each), each) for each in self.choices]
        if self.log:
            powers = range(math.ceil(self.low), math.floor(self.high) + 1)
            marks = [10.0**power for power in powers if len(powers) < 6 or power % 2 == 0]
            if len(marks) < 2:
                decades = range(math.floor(self.low), math.ceil(self.high))
                marks = [each * 10.0**power for power in decades for each in (1, 2, 5)]
        else:
            marks = _round_marks(self.low, self.high)
        return [(place, f"{mark:g}") for mark in marks if 0 <= (place := self.at(mark)) <= 1]


def _axis_of(parameter: Parameter, rows: Sequence[Row]) -> Axis:
    """That of a setting."""
    values = [row.settings[parameter.name] for row in rows if parameter.name in row.settings]
    if isinstance(parameter, Choices):
        return Axis(values, choices=parameter.options)
    return Axis(values, log=getattr(parameter, "log", False))


def _round_marks(low: float, high: float) -> list[float]:
    """Some four round numbers in a range."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
    return [round(place * step, 12) for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def history(sweep: Sweep) -> Chart:
    """The score of each trial, and the best so far."""
    known = [row for row in sweep.trials if _score(row) is not None]
    across, up = Axis([row.number for row in known]), Axis([_score(row) for row in known])
    chart = _framed(640, 240, across, up, "trial", sweep.metric)
    chart.dots = [_dot(chart, across.at(row.number), up.at(_score(row)), row, sweep) for row in known]
    steps: list[str] = []
    best: float | None = None
    for row in known:
        if row.chosen_from and row.score is not None and (best is None or _better(row.score, best, sweep)):
            if best is not None:
                steps.append(_step(chart, across.at(row.number), up.at(best)))
            best = row.score
            steps.append(_step(chart, across.at(row.number), up.at(best)))
    if best is not None:
        steps.append(_step(chart, across.at(known[-1].number), up.at(best)))
        chart.lines.append(Line("M" + "L".join(steps), "mark"))
    chart.alt = f"{sweep.metric} by trial, of {len(known)} trials" + (
        f"; the best is {best:.4f}" if best else ""
    )
    return chart


def slices(sweep: Sweep) -> dict[str, Chart]:
    """For each setting, the score by its value."""
    found = {}
    for each in sweep.space.parameters:
        rows = [row for row in sweep.trials if row.score is not None and each.name in row.settings]
        if not rows:
            continue
        across, up = _axis_of(each, rows), Axis([row.score for row in rows])
        chart = _framed(300, 180, across, up, "", "")
        chart.dots = [
            _dot(chart, across.at(row.settings[each.name]), up.at(row.score), row, sweep) for row in rows
        ]
        chart.alt = f"{sweep.metric} by {each.name}, of {len(rows)} trials"
        found[each.name] = chart
    return found


def parallel(sweep: Sweep, names: Sequence[str]) -> Chart | None:
    """The settings of each trial side by side, as a line; the best tenth stands out. None of one setting."""
    rows = [row for row in sweep.trials if row.score is not None]
    if len(names) < 2 or len(rows) < 2:
        return None
    known = {each.name: each for each in sweep.space.parameters}
    axes = {name: _axis_of(known[name], rows) for name in names}
    apart = 560 / (len(names) - 1)
    best = sorted(rows, key=lambda row: -(row.score or 0) if sweep.higher_is_better else row.score or 0)
    top = {row.number for row in best[: max(1, len(rows) // 10)]}
    chart = Chart(680, 270, f"settings of {len(rows)} trials, of which the best {len(top)} stand out")
    for place, name in enumerate(names):
        x = round(60 + apart * place, 1)
        chart.lines.append(Line(f"M{x} 30V240", "grid"))
        chart.words += [Word(x - 4, 240 - 210 * at + 3, text, "end") for at, text in axes[name].ticks[:8]]
    for row in sorted(rows, key=lambda row: row.number in top):
        here = [(place, name) for place, name in enumerate(names) if name in row.settings]
        path = [
            f"{60 + apart * place:.1f} {240 - 210 * axes[name].at(row.settings[name]):.1f}"
            for place, name in here
        ]
        chart.lines.append(Line("M" + "L".join(path), "mark thin" if row.number in top else "quiet"))
    short = short_names(list(names))
    chart.words += [
        Word(round(60 + apart * place, 1), 262 - 245 * (place % 2), short[name])
        for place, name in enumerate(names)
    ]
    return chart


def front(sweep: Sweep) -> Chart | None:
    """The score against the size, or the latency; None where there is one objective alone."""
    other = sweep.search.against
    rows = [row for row in sweep.trials if row.score is not None]
    if other == "none" or not rows:
        return None
    seconds = [float(getattr(row, other)) for row in rows]
    across, up = Axis(seconds, log=max(seconds) > 20 * min(seconds)), Axis([row.score for row in rows])
    chart = _framed(640, 280, across, up, {"size": "bytes", "latency": "ms a text"}[other], sweep.metric)
    best = {row.number for row in sweep.front}
    for row, x in zip(rows, seconds, strict=True):
        dot = _dot(chart, across.at(x), up.at(row.score), row, sweep)
        chart.dots.append(Dot(dot.x, dot.y, "front" if row.number in best else dot.kind, dot.title))
    path = [_step(chart, across.at(float(getattr(row, other))), up.at(row.score)) for row in sweep.front]
    chart.lines.append(Line("M" + "L".join(path), "mark"))
    chart.alt = (
        f"{sweep.metric} against {other}, of {len(rows)} trials, {len(best)} of which are on the front"
    )
    return chart


def curves(sweep: Sweep) -> Chart | None:
    """The scores of the epochs of each trial, those that were pruned in the background; None of no epochs."""
    rows = [row for row in sweep.trials if len(row.epochs) > 1 or (row.epochs and row.state == "pruned")]
    points = [point for row in rows for point in row.epochs if math.isfinite(point[1])]
    if not points:
        return None
    across, up = Axis([epoch for epoch, _ in points]), Axis([value for _, value in points])
    chart = _framed(640, 240, across, up, "epoch", sweep.metric)
    for row in sorted(rows, key=lambda row: row is sweep.best):
        path = [
            _step(chart, across.at(epoch), up.at(value))
            for epoch, value in row.epochs
            if math.isfinite(value)
        ]
        kind = "mark" if row is sweep.best else "quiet" if row.state == "pruned" else "soft"
        chart.lines.append(Line("M" + "L".join(path), kind))
    chart.alt = f"{sweep.metric} by epoch, of {len(rows)} trials"
    return chart


def _score(row: Row) -> float | None:
    """The score of a trial, and of one that was pruned the last it had."""
    if row.state == "pruned" and row.epochs and math.isfinite(row.epochs[-1][1]):
        return row.epochs[-1][1]
    return row.score


def _better(one: float, other: float, sweep: Sweep) -> bool:
    return one > other if sweep.higher_is_better else one < other


def _dot(chart: Chart, x: float, y: float, row: Row, sweep: Sweep) -> Dot:
    kind = "best" if row is sweep.best else "complete" if row.chosen_from else "unfit"
    kind = "pruned" if row.score is None else kind
    settings = ", ".join(f"{name}={value_text(value)}" for name, value in row.settings.items())
    return Dot(*_place(chart, x, y), kind, f"trial {row.number}: {_score(row):.4f} ({row.state})\n{settings}")


def _place(chart: Chart, x: float, y: float) -> tuple[float, float]:
    inside = chart.width - _LEFT - _RIGHT, chart.height - _TOP - _BOTTOM
    return round(_LEFT + x * inside[0], 1), round(_TOP + (1 - y) * inside[1], 1)


def _step(chart: Chart, x: float, y: float) -> str:
    return " ".join(map(str, _place(chart, x, y)))


def _framed(width: int, height: int, across: Axis, up: Axis, below: str, beside: str) -> Chart:
    """A chart with its grid and the names of its axes, and nothing in it yet."""
    chart = Chart(width, height, "")
    for at, text in up.ticks:
        x, y = _place(chart, 0, at)
        chart.lines.append(Line(f"M{x} {y}H{width - _RIGHT}", "grid"))
        chart.words.append(Word(x - 6, y + 3, text, "end"))
    for at, text in across.ticks:
        x, _ = _place(chart, at, 0)
        chart.words.append(Word(x, height - 22, text))
    if below:
        chart.words.append(Word(width - _RIGHT, height - 6, below, "end"))
    if beside:
        chart.words.append(Word(2, 9, beside, "start"))
    return chart
