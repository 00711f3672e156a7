"""Train, valid and test: the parts that are given, and the others drawn from train."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nlpkit.data.reading.layout import bad_columns
from nlpkit.data.reading.notes import first
from nlpkit.data.reading.readers import TextFile
from nlpkit.data.texts import Splits, Texts
from nlpkit.notes import Note
from nlpkit.settings.checks import Settings
from nlpkit.settings.values import number, refuse, whole

if TYPE_CHECKING:
    from numpy import int64
    from numpy.random import Generator
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Split(Settings):
    """How valid and test are drawn from train where they have no file of their own.

    valid_fraction: share of the rows for valid
    test_fraction: share of the rows for test
    group: column whose equal values keep rows together, by name or by number from 0
    stratified: whether each class keeps its share in every part
    seed: another one draws other rows
    """

    valid_fraction: float = 0.1
    test_fraction: float = 0.2
    group: str | int | None = None
    stratified: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        problems = number(0, 1, valid_fraction=self.valid_fraction, test_fraction=self.test_fraction)
        if not problems and self.valid_fraction + self.test_fraction >= 1:
            both = f"{self.test_fraction:g} and the valid_fraction of {self.valid_fraction:g}"
            problems["test_fraction"] = f"{both} leave no rows for train"
        refuse(problems, bad_columns(group=self.group), whole(0, 2**63 - 1, seed=self.seed))


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


_EMPTY = Texts([], [])


def read_parts(
    read: Callable[[Path], TextFile], train: Path, valid: Path | None, test: Path | None, split: Split
) -> Splits:
    """Read each file that there is, and draw the parts that have none."""
    files = {path: read(path) for path in (train, valid, test) if path is not None}
    texts: dict[Path | None, Texts] = {path: file.texts for path, file in files.items()}
    splits = draw_parts(texts[train], texts.get(valid), texts.get(test), split)
    return replace(
        splits,
        source=" ".join(path.name or str(path) for path in files),
        files=tuple(source for file in files.values() for source in file.files),
        layout=files[train].layout,
        notes=tuple(note for file in files.values() for note in file.notes) + splits.notes,
    )


def draw_parts(train: Texts, valid: Texts | None, test: Texts | None, split: Split) -> Splits:
    """Splits (without a source) in which a part that is None is drawn from train."""
    valid_fraction = split.valid_fraction if valid is None else 0.0
    test_fraction = split.test_fraction if test is None else 0.0
    if not valid_fraction and not test_fraction:
        return Splits(train=train, valid=valid or _EMPTY, test=test or _EMPTY, source="")
    drawn = split_rows(
        train.labels,
        train.groups,
        valid_fraction=valid_fraction,
        test_fraction=test_fraction,
        stratified=split.stratified,
        seed=split.seed,
    )
    return Splits(
        train=train.take(drawn.train),
        valid=train.take(drawn.valid) if valid is None else valid,
        test=train.take(drawn.test) if test is None else test,
        source="",
        notes=(
            *(_single_rows(train) if split.stratified and not train.groups else ()),
            *_nothing_drawn("valid", valid_fraction, len(drawn.valid), len(train)),
            *_nothing_drawn("test", test_fraction, len(drawn.test), len(train)),
        ),
    )


def _single_rows(train: Texts) -> tuple[Note, ...]:
    counts = Counter(train.labels)
    single = [row for row, label in zip(train.rows, train.labels, strict=True) if counts[label] == 1]
    if not single:
        return ()
    rows = first("row", single, len(single))
    return (Note(f"classes with one row only, which stays in train: {len(single):,} ({rows})"),)


def _nothing_drawn(part: str, fraction: float, drawn: int, rows: int) -> tuple[Note, ...]:
    if drawn or not fraction:
        return ()
    return (Note(f"{part} is empty: {fraction:g} of {rows:,} rows is none that train could spare"),)
