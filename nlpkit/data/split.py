"""Which rows go to train, valid and test: a pure function of labels, groups and seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy import int64
    from numpy.random import Generator
    from numpy.typing import NDArray


class Drawn(NamedTuple):
    """Row indices of each part, ascending; every row is in exactly one."""

    train: list[int]
    valid: list[int]
    test: list[int]


def split_rows(
    labels: Sequence[str],
    groups: Sequence[str] = (),
    *,
    valid_fraction: float,
    test_fraction: float,
    stratified: bool = True,
    seed: int = 0,
) -> Drawn:
    """Draw valid and test out of all rows, so that each class keeps its share where `stratified`.

    The first row of each class stays in train. Rows of one group stay together; there are no groups
    where `groups` is empty.
    """
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(seed))
    numbers = {label: number for number, label in enumerate(sorted(set(labels)))}
    codes = np.fromiter((numbers[label] if stratified else 0 for label in labels), np.int64, len(labels))
    if groups:
        return _by_group(codes.tolist(), groups, (valid_fraction, test_fraction), rng)
    valid, test = _by_row(codes, valid_fraction, test_fraction, rng)
    part = np.zeros(len(labels), np.int8)
    part[valid], part[test] = 1, 2
    return Drawn(*(np.flatnonzero(part == number).tolist() for number in range(3)))


def _by_row(
    codes: NDArray[int64], valid_fraction: float, test_fraction: float, rng: Generator
) -> tuple[NDArray[int64], NDArray[int64]]:
    """Rows in the order of their classes, shuffled within each, of which every k-th is taken."""
    import numpy as np

    rows = len(codes)
    order = np.lexsort((rng.random(rows), codes))
    repeated = np.zeros(rows, bool)
    repeated[1:] = codes[order][1:] == codes[order][:-1]
    pool = order[repeated]  # all but the first of each class
    test = _evenly(pool, int(test_fraction * rows + 0.5), rng)
    pool = pool[~np.isin(pool, test)]
    return _evenly(pool, int(valid_fraction * rows + 0.5), rng), test


def _evenly(pool: NDArray[int64], count: int, rng: Generator) -> NDArray[int64]:
    """`count` members of the pool at even distances, from a random start."""
    import numpy as np

    count = min(count, len(pool))
    start = int(rng.random() * len(pool))
    return pool[(np.arange(count) * len(pool) + start) // max(count, 1)]


def _by_group(
    codes: Sequence[int], groups: Sequence[str], fractions: tuple[float, float], rng: Generator
) -> Drawn:
    """Groups, largest first, each to the part that lacks most of what it has."""
    members: dict[str, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    names = sorted(members)
    ties = dict(zip(names, rng.random(len(names)).tolist(), strict=True))
    totals = Counter(codes)
    shares = (1 - sum(fractions), *fractions)
    lacking = [{code: share * count for code, count in totals.items()} for share in shares]
    parts = Drawn([], [], [])
    for name in sorted(names, key=lambda name: (-len(members[name]), ties[name])):
        inside = Counter(codes[row] for row in members[name])
        lacks = [sum(n * part[code] / totals[code] for code, n in inside.items()) for part in lacking]
        chosen = lacks.index(max(lacks)) if parts.train else 0
        parts[chosen].extend(members[name])
        for code, count in inside.items():
            lacking[chosen][code] -= count
    return Drawn(*map(sorted, parts))
