"""Scores of some of the rows: short and long texts, those with unknown tokens, and those of each value of a
column.

Axes: R rows, S slices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nlpkit.scoring.intervals import LEVEL, share_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hits = NDArray[np.bool_]
    Ids = NDArray[np.int64]
    Numbers = NDArray[np.float64]

MOST_VALUES: Final = 30
BLANK: Final = "(blank)"
LEAST_GROUPS: Final = 5  # on each side of a difference that groups tell anything about
_SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.5)  # of the tokens that are unknown
_UNKNOWN: Final = ("none", "up to 10 %", "10-20 %", "20-30 %", "30-50 %", "more than 50 %")


@dataclass(frozen=True, eq=False)
class Slicing:
    """All rows by one property: the `names` of its values, and the place of each row's among them, int64
    (R,). Each name has rows. `unit` is what it is measured in, if anything.
    """

    by: str
    names: tuple[str, ...]
    places: Ids
    unit: str = ""


def by_length(lengths: Ids) -> Slicing:
    """Quartiles of lengths, int64 (R,), as ranges; fewer where many rows have the same length."""
    import numpy as np

    cuts = np.quantile(lengths, (0.25, 0.5, 0.75), method="inverted_cdf") if len(lengths) else lengths
    names, places = list[str](), np.searchsorted(np.unique(cuts), lengths)
    for place in np.unique(places).tolist():
        inside = lengths[places == place]
        low, high = int(inside.min()), int(inside.max())
        names.append(f"{low:,}" if low == high else f"{low:,}-{high:,}")
    return _with_rows("length", names, places, unit="tokens")


def by_unknown(unknown: Ids, lengths: Ids) -> Slicing:
    """What share of the tokens is unknown: of counts int64 (R,) among lengths (R,)."""
    import numpy as np

    places = np.searchsorted(_SHARES, unknown / np.maximum(lengths, 1))
    return _with_rows("unknown", [_UNKNOWN[each] for each in np.unique(places)], places, unit="of tokens")


def by_value(column: str, values: Sequence[str]) -> Slicing:
    """The values (R,) of a column, the most frequent first; of more than MOST_VALUES the last one is the
    others together. A blank is a value.
    """
    import numpy as np

    names = [value if value.strip() else BLANK for value in values]
    ranked = [name for name, _ in Counter(names).most_common()]
    kept = ranked if len(ranked) <= MOST_VALUES else ranked[: MOST_VALUES - 1]
    place = {name: number for number, name in enumerate(kept)}
    places = np.fromiter((place.get(name, len(kept)) for name in names), np.int64, len(names))
    others = [f"others ({len(ranked) - len(kept):,})"] * (len(kept) < len(ranked))
    return Slicing(column, (*kept, *others), places)


def slice_tables(
    slicings: Sequence[Slicing], right: Hits, losses: Numbers, groups: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """What `scores.json` says of each slicing of answers that are `right`, bool (R,), with their log losses,
    float64 (R,), NaN where one has none.

    A slice is "worse" or "better" than the other rows, and so than all of them, where a test says so after
    Holm's correction (1979, "A simple sequentially rejective multiple test procedure") for all slices here:
    Fisher's exact test or, where rows are in groups, one of sums over groups.
    """
    import numpy as np

    rows, names = np.unique(groups, return_inverse=True)[1] if len(groups) else None, np.asarray(groups)
    inside = [each.places == place for each in slicings for place in range(len(each.names))]
    tests = [_difference(each, right, rows) for each in inside]
    verdicts = iter(_verdicts(tests))
    return [
        {
            "by": each.by,
            "unit": each.unit,
            "slices": [
                {**_slice(name, each.places == place, right, losses, names), "verdict": next(verdicts)}
                for place, name in enumerate(each.names)
            ],
        }
        for each in slicings
    ]


def _slice(name: str, inside: Hits, right: Hits, losses: Numbers, groups: NDArray[Any]) -> dict[str, Any]:
    """The numbers of the rows inside."""
    import numpy as np

    hits, known = right[inside], losses[inside & ~np.isnan(losses)]
    interval = share_interval(hits, groups[inside].tolist() if len(groups) else ())
    return {
        "name": name,
        "texts": len(hits),
        "accuracy": float(hits.mean()),
        "interval": interval.ends,
        "log_loss": float(known.mean()) if len(known) else None,
    }


def _with_rows(by: str, names: Sequence[str], places: Ids, unit: str) -> Slicing:
    """With places counted among those that have rows."""
    import numpy as np

    return Slicing(by, tuple(names), np.unique(places, return_inverse=True)[1], unit)


def _verdicts(tests: Sequence[tuple[float, float]]) -> list[str]:
    """Worse, better or nothing, for differences with their p; Holm's step-down procedure."""
    found = [""] * len(tests)
    order = sorted(range(len(tests)), key=lambda place: tests[place][1])
    for rank, place in enumerate(order):
        difference, p = tests[place]
        if p * (len(tests) - rank) > 1 - LEVEL:
            break
        found[place] = "worse" if difference < 0 else "better"
    return found


def _difference(inside: Hits, right: Hits, groups: Ids | None) -> tuple[float, float]:
    """How far the accuracy of some rows is above that of all others, and the p of that."""
    if inside.all() or not inside.any():
        return 0.0, 1.0
    difference = float(right[inside].mean() - right[~inside].mean())
    if groups is not None:
        return difference, _p_of_groups(inside, right, groups)
    return difference, fisher(int(right[inside].sum()), int(inside.sum()), int(right.sum()), len(right))


def fisher(hits: int, rows: int, all_hits: int, all_rows: int) -> float:
    """Twice the smaller tail of Fisher's exact test (1935): how likely `rows` rows of all would have so few
    of all hits, or so many, by luck.

    >>> round(fisher(4, 10, 13, 20), 4), fisher(5, 10, 10, 20)
    (0.0573, 1.0)
    """
    import numpy as np
    from scipy.special import gammaln  # type: ignore[import-untyped]

    def choices(of: Any, some: Any) -> Any:
        return gammaln(of + 1) - gammaln(some + 1) - gammaln(of - some + 1)

    least, most = max(0, rows - (all_rows - all_hits)), min(rows, all_hits)
    counts = np.arange(least, most + 1, dtype=float)
    logs = choices(all_hits, counts) + choices(all_rows - all_hits, rows - counts) - choices(all_rows, rows)
    chances = np.exp(logs)
    return min(1.0, 2 * float(min(chances[counts <= hits].sum(), chances[counts >= hits].sum())))


def _p_of_groups(inside: Hits, right: Hits, groups: Ids) -> float:
    """The p of a difference of accuracies whose error is that of sums over groups (Liang and Zeger, 1986),
    under Student's distribution of the side that has fewer of them; 1 where that is below LEAST_GROUPS.
    """
    import numpy as np
    from scipy.special import stdtr

    sides = [np.unique(groups[each]).size for each in (inside, ~inside)]
    if min(sides) < LEAST_GROUPS:
        return 1.0
    pull = np.where(inside, right - right[inside].mean(), right[~inside].mean() - right)
    pull = pull / np.where(inside, inside.sum(), (~inside).sum())
    sums = np.bincount(groups, weights=pull)
    spread = float(np.sqrt((sums**2).sum() * min(sides) / (min(sides) - 1)))
    difference = float(right[inside].mean() - right[~inside].mean())
    if not spread:
        return 1.0
    return 2 * float(stdtr(min(sides) - 1, -abs(difference) / spread))
