"""What a metric promises.

Axes: R rows, C classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nlpkit.scoring.metric import Metric, ScoredRows
from nlpkit.testing.promises import Bench, Promise, Skipped, expect, trying
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.settings import plugins_with

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 24
SAME = 1e-9  # sums in another order differ by less


@dataclass
class MetricBench(Bench):
    """Rows of two and of three classes, all of which are there, scored well and badly."""

    component: Metric

    def score(self, rows: ScoredRows, what: str) -> float | None:
        """None where it is not defined."""
        with trying(f"the score of {what}"):
            function: Callable[[ScoredRows], Any] = self.component.build()
            try:
                found = function(rows)
            except ValueError:
                return None
            number = float(found)
        return None if math.isnan(number) else number

    def cases(self) -> Iterator[tuple[str, ScoredRows]]:
        for classes in (2, 3):
            for what, rightness in (("random", 0.0), ("good", 0.5), ("perfect", 1.0)):
                yield f"{what} predictions of {classes} classes", scored_rows(classes, rightness)

    def defined(self) -> list[tuple[str, ScoredRows, float]]:
        found = [(what, rows, self.score(rows, what)) for what, rows in self.cases()]
        return [(what, rows, score) for what, rows, score in found if score is not None]


def scored_rows(classes: int, rightness: float, *, seed: int = 0) -> ScoredRows:
    """Probabilities that are drawn, and by `rightness` those of the gold labels."""
    import numpy as np

    gold = np.arange(ROWS) % classes
    drawn = np.random.default_rng(seed).dirichlet(np.ones(classes), ROWS)
    return _rows(gold, (1 - rightness) * drawn + rightness * np.eye(classes)[gold])


def _rows(gold: NDArray[np.int64], found: NDArray[np.float64]) -> ScoredRows:
    return ScoredRows(gold, found, found.argmax(axis=1), [f"class {i}" for i in range(found.shape[1])])


def is_called_by_its_name(bench: MetricBench) -> None:
    """Of the default settings, and a name that --min can take."""
    name = bench.component.name
    fit = isinstance(name, str) and name and not set(name) & set("= \t\r\n")
    expect(bool(fit), f"its name is {name!r}, and --min takes NAME=VALUE")
    entry = plugins_with(bench.component).registry.entry_of(type(bench.component))
    try:
        default = type(bench.component)().name
    except ValueError:
        raise Skipped("it has a setting without a default") from None
    registered = entry.name.replace("-", "_")
    expect(
        not entry.distribution or default == registered,
        f"it is registered as {registered}, and with its defaults its name is {default}",
    )


def stays_within_bounds(bench: MetricBench) -> None:
    """In one of the cases there has to be a score."""
    component, found = bench.component, bench.defined()
    expect(bool(found), "it is not defined for two classes, and neither for three")
    low, high = component.lowest, component.highest
    for what, _, score in found:
        expect(
            low - SAME <= score <= high + SAME, f"the score of {what} is {score:g}, not {low:g} to {high:g}"
        )


def knows_better(bench: MetricBench) -> None:
    """Of predictions that are right and those that are wrong."""
    import numpy as np

    better = "higher" if bench.component.higher_is_better else "lower"
    for classes in (2, 3):
        right = scored_rows(classes, 1.0)
        wrong = _rows(right.gold, np.roll(right.probabilities, 1, axis=1))
        scores = bench.score(right, "right predictions"), bench.score(wrong, "wrong predictions")
        if scores[0] is None or scores[1] is None:
            continue
        gain = scores[0] - scores[1] if bench.component.higher_is_better else scores[1] - scores[0]
        told = f"right predictions have {scores[0]:g} and wrong ones {scores[1]:g}"
        expect(gain >= -SAME, f"{told}, where {better} is better")


def ignores_the_order(bench: MetricBench) -> None:
    for what, rows, score in bench.defined():
        again = bench.score(_rows(rows.gold[::-1].copy(), rows.probabilities[::-1].copy()), what)
        expect(_same(score, again), f"the score of {what} is {score:g}, and {_said(again)} in reverse order")


def is_the_same_again(bench: MetricBench) -> None:
    for what, rows, score in bench.defined():
        again = bench.score(rows, what)
        expect(score == again, f"the score of {what} is {score!r} at first and {again!r} then")


def changes_no_rows(bench: MetricBench) -> None:
    for what, rows in bench.cases():
        kept = [array.copy() for array in (rows.gold, rows.probabilities, rows.predicted)]
        bench.score(rows, what)
        same = zip(kept, (rows.gold, rows.probabilities, rows.predicted), strict=True)
        expect(all((old == new).all() for old, new in same), f"it changes the arrays of {what}")


def takes_labels_never_seen(bench: MetricBench) -> None:
    """Whatever negative ids they have, and where no label was seen."""
    import numpy as np

    for what, rows, _ in bench.defined():
        gold = rows.gold.copy()
        gold[:2], gold[2] = -1, -2
        other = np.where(gold < 0, gold - 5, gold)
        unseen = f"{what}, with labels that training never saw,"
        scores = [bench.score(replace(rows, gold=ids), unseen) for ids in (gold, other)]
        expect(
            _same(*scores), f"the score of {unseen} depends on their ids: {' and '.join(map(_said, scores))}"
        )
        bench.score(replace(rows, gold=np.full_like(gold, -1)), f"{what}, with labels that nobody saw,")


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or abs(one - other) <= SAME * max(1.0, abs(one))


def _said(score: float | None) -> str:
    return "not defined" if score is None else f"{score:g}"


PROMISES: tuple[Promise[MetricBench], ...] = (
    *SETTINGS,
    Promise("its name is the registered one", is_called_by_its_name),
    Promise("scores are numbers within its bounds", stays_within_bounds),
    Promise("right predictions score no worse than wrong ones", knows_better),
    Promise("the order of texts does not matter", ignores_the_order),
    Promise("the same rows give the same score", is_the_same_again),
    Promise("rows of a score are not changed", changes_no_rows),
    Promise("labels that training never saw count whatever their ids are", takes_labels_never_seen),
)
