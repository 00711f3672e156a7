"""From the runs of several ways and seeds to the gain of each way over the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from scipy.stats import t  # type: ignore[import-untyped]

from benchmarks.tables import markdown

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Run:
    """One seed: validation and test accuracy of the epoch that was kept, and seconds of processor time."""

    valid: float
    test: float
    seconds: float


Setting = tuple[str, ...]  # as `--set` takes each of them


@dataclass(frozen=True)
class Measured:
    """A way to train: the runs of each setting on the first seeds, and those of the chosen one on all."""

    title: str
    tried: Mapping[Setting, Sequence[Run]]
    runs: Sequence[Run]


def chosen(tried: Mapping[Setting, Sequence[Run]]) -> Setting:
    """The setting of the best mean validation accuracy, the first of equal ones.

    >>> chosen({("a",): [Run(0.8, 0.9, 1.0)], ("b",): [Run(0.9, 0.8, 1.0)]})
    ('b',)
    """
    return max(tried, key=lambda setting: validation(tried[setting]))


def validation(runs: Sequence[Run]) -> float:
    """The mean accuracy on the validation rows."""
    return fmean(run.valid for run in runs)


def interval(differences: Sequence[float]) -> tuple[float, float]:
    """The mean of paired differences, and how far its confidence interval reaches to either side: Student's
    t with one degree of freedom less than there are pairs.

    >>> mean, reach = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> print(f"{mean} {reach:.3f}")
    3.0 1.963
    """
    pairs = len(differences)
    quantile = float(t.ppf((1 + CONFIDENCE) / 2, pairs - 1))
    return fmean(differences), quantile * stdev(differences) / pairs**0.5


def table(plain: Measured, ways: Sequence[Measured]) -> list[str]:
    """A Markdown table: a row for each way, of the setting that validation chose."""
    rows = [_row(plain, ""), *(_row(way, _gain(way.runs, plain.runs)) for way in ways)]
    return markdown(["", "set", "validation", "test accuracy", "gain", "s a run"], rows)


def choices(ways: Sequence[Measured]) -> list[str]:
    """A Markdown table of what each setting that was tried has on the validation rows."""
    several = [way for way in ways if len(way.tried) > 1]
    rows = [
        [way.title, shown(setting), f"{validation(runs):.4f}"]
        for way in several
        for setting, runs in way.tried.items()
    ]
    return markdown(["", "tried", "validation"], rows)


def _gain(runs: Sequence[Run], plain: Sequence[Run]) -> str:
    mean, reach = interval([ours.test - theirs.test for ours, theirs in zip(runs, plain, strict=True)])
    return f"{mean:+.4f} ± {reach:.4f}"


def _row(way: Measured, gain: str) -> list[str]:
    tests = [run.test for run in way.runs]
    return [
        way.title,
        shown(chosen(way.tried)),
        f"{validation(way.runs):.4f}",
        f"{fmean(tests):.4f} ({min(tests):.3f}-{max(tests):.3f})",
        gain,
        f"{min(run.seconds for run in way.runs):.0f}",  # the least disturbed
    ]


def shown(setting: Setting) -> str:
    """Each of its changes as code, one below the other."""
    return "<br>".join(f"`{each}`" for each in setting)
