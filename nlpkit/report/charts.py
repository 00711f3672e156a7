"""Charts of a page, drawn by matplotlib as SVG: numbers and words of ours alone, never a text of the user.

Nothing of the process is changed: no pyplot, and no setting of matplotlib that outlives a chart. The same
numbers make the same bytes.
"""

from __future__ import annotations

import io
import logging
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from nlpkit.report.svg import COLOURS, inlined

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH: Final = 340  # points; a page scales it
_HEIGHT: Final = 200
_HOME: Final = "MPLCONFIGDIR"
_KEEP: Final = ("backend", "backend_fallback", "interactive", "toolbar", "webagg", "keymap", "timezone")
_SETTINGS: Final = {
    "svg.fonttype": "none",
    "font.size": 10,
    "font.family": "DejaVu Sans",  # is in matplotlib
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": COLOURS["line"],
    "axes.facecolor": "none",
    "axes.labelcolor": COLOURS["soft"],
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.unicode_minus": False,
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.8,
    "xtick.color": COLOURS["soft"],
    "ytick.color": COLOURS["soft"],
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.solid_capstyle": "round",
}
# not by colour alone: a line of its own, a mark of its own, and its name beside its end
_STYLES: Final[tuple[dict[str, Any], ...]] = (
    {"color": COLOURS["quiet"], "linestyle": (0, (4, 2)), "marker": "s", "markersize": 3.5},
    {"color": COLOURS["mark"], "linestyle": "-", "marker": "o", "markersize": 4},
)
_OF_BINS: Final = ("low", "high", "texts", "confidence", "accuracy")
_MARKED: Final = 30  # of more epochs, the best one alone has a mark


@dataclass(frozen=True)
class Chart:
    """An SVG element, and the sentence that stands for it where it cannot be seen."""

    svg: str
    alt: str


def lines(
    title: str, series: Mapping[str, Sequence[float | None]], best: int | None = None, salt: str = ""
) -> Chart | None:
    """Values by epoch, from 1 on, of one series or two, the second one standing out; `best` is the epoch that
    the model is from. None where there is nothing to draw.
    """
    points = {
        name: [(epoch, value) for epoch, value in enumerate(values, 1) if value is not None]
        for name, values in series.items()
    }
    points = {name: some for name, some in points.items() if some}
    if not points:
        return None
    with _figure(_HEIGHT) as figure:
        axes = figure.add_axes((0.115, 0.13, 0.715, 0.80))
        count = max(map(len, series.values()))
        ends: dict[str, tuple[float, str]] = {}
        for style, (name, some) in zip(_STYLES[-len(points) :], points.items(), strict=True):
            drawn = style if count <= _MARKED else {**style, "marker": ""}
            axes.plot(*zip(*some, strict=True), linewidth=1.8, clip_on=False, **drawn)
            ends[name] = (some[-1][1], style["color"])
            if best is not None and name == list(points)[-1] and (at := dict(some).get(best)) is not None:
                ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 1.6, "markersize": 10}
                axes.plot([best], [at], marker="o", color=COLOURS["mark"], clip_on=False, **ring)
        _epochs(axes, count)
        _names_at_ends(axes, ends)
        svg = _written(figure, f"{title} {salt}")
    said = "; ".join(_said(name, some) for name, some in points.items())
    chosen = f"; the model is from epoch {best}" if best is not None else ""
    return Chart(svg, f"{title} by epoch: {said}{chosen}")


def reliability(bins: Sequence[Mapping[str, Any]]) -> Chart | None:
    """How often texts are right that the model is so sure of, by how sure it is, beneath it how many those
    are (Guo et al., 2017, figure 1). None where no bin has texts, ValueError where a number is not finite.
    """
    bins = [each for each in bins if each["texts"]]
    if not bins:
        return None
    if not all(math.isfinite(each[name]) for each in bins for name in _OF_BINS):
        raise ValueError("a bin of the calibration has a number that is not finite")
    with _figure(300) as figure:
        axes = figure.add_axes((0.13, 0.31, 0.82, 0.65))
        axes.plot([0, 1], [0, 1], color=COLOURS["quiet"], linestyle=(0, (4, 2)), linewidth=1.2)
        for each in bins:
            if each.get("interval"):
                at = [each["confidence"]] * 2
                axes.plot(at, each["interval"], color=COLOURS["mark"], linewidth=1.4, alpha=0.6)
        found = [(each["confidence"], each["accuracy"]) for each in bins]
        axes.plot(*zip(*found, strict=True), color=COLOURS["mark"], marker="o", markersize=4.5, linewidth=1.4)
        axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that is right", xticklabels=[])
        below = figure.add_axes((0.13, 0.15, 0.82, 0.12))
        most = max(each["texts"] for each in bins)
        for each in bins:
            size = max(each["texts"] / most, 0.03)
            below.bar(
                (each["low"] + each["high"]) / 2,
                size,
                0.9 * (each["high"] - each["low"]),
                color=COLOURS["quiet"],
            )
        below.set(xlim=(0, 1), ylim=(0, 1), yticks=[], xlabel="probability of the predicted class")
        below.set_ylabel("texts", rotation="horizontal", ha="right", va="center")
        svg = _written(figure, "reliability")
    worst = max(bins, key=lambda each: each["texts"] * abs(each["accuracy"] - each["confidence"]))
    said = (
        f"where it is {worst['confidence']:.0%} sure, {worst['accuracy']:.0%} of {worst['texts']:,} are right"
    )
    return Chart(svg, f"share of right texts by probability, in {len(bins)} bins; the largest gap: {said}")


@contextmanager
def _figure(height: int) -> Iterator[Figure]:
    """A figure that no window has, with settings of its own, whatever those of the process are."""
    matplotlib = _matplotlib()
    from matplotlib.figure import Figure

    usual = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith(_KEEP)}
    with matplotlib.rc_context({**usual, **_SETTINGS}):
        yield Figure(figsize=(WIDTH / 72, height / 72))


def _matplotlib() -> ModuleType:
    """The library, without a word about a home folder that cannot be written to, and without the variable
    that it sets then.
    """
    logger, environment = logging.getLogger("matplotlib"), os.environ.get(_HOME)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        import matplotlib
        import matplotlib.font_manager
    finally:
        logger.setLevel(level)
        if environment is None:
            os.environ.pop(_HOME, None)
    return matplotlib


def _written(figure: Figure, salt: str) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    file = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        FigureCanvasSVG(figure).print_svg(file, metadata=nothing)  # type: ignore[no-untyped-call]
    return inlined(file.getvalue())


def _epochs(axes: Axes, count: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim((0.5, 1.5) if count == 1 else (1, count))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.margins(y=0.12)
    axes.set_xlabel("epoch")
    axes.xaxis.set_label_coords(1.04, -0.045)  # beside a last epoch of up to three digits
    axes.xaxis.label.set(ha="left", va="top")


def _names_at_ends(axes: Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """Each name beside the last point of its line, at least a line of writing apart."""
    low, high = axes.get_ylim()
    places = {name: (value - low) / (high - low) for name, (value, _) in ends.items()}
    if len(places) == 2:
        one, two = sorted(places, key=places.__getitem__)
        if (lacking := 0.085 - (places[two] - places[one])) > 0:
            places[one] -= lacking / 2
            places[two] += lacking / 2
    for name, (_, colour) in ends.items():
        axes.text(1.035, places[name], name, transform=axes.transAxes, va="center", color=colour)


def _said(name: str, some: Sequence[tuple[int, float]]) -> str:
    (_, first), (_, last) = some[0], some[-1]
    return f"{name} {first:.4f}" if len(some) == 1 else f"{name} from {first:.4f} to {last:.4f}"
