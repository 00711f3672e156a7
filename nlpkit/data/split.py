"""Train, valid and test: the parts that are given, and the others drawn from train."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nlpkit.data.alike import first_alike
from nlpkit.data.classes import check_parts
from nlpkit.data.reading.allowed import bad_columns
from nlpkit.data.reading.notes import first
from nlpkit.data.reading.readers import TextFile
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import DataError
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

    Texts that differ only in case and spaces are drawn together, unless there is a group.

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


def rarest_labels(label_sets: Sequence[Sequence[str]]) -> list[str]:
    """Of each set the label that fewest texts have, and an empty one of an empty set: drawn by these, each
    label keeps its share, rare ones most surely.

    This is the order in which iterative stratification gives texts away (Sechidis, Tsoumakas and Vlahavas,
    2011, "On the Stratification of Multi-Label Data"), in one pass.

    >>> rarest_labels([("art", "oil"), ("art",), ()])
    ['oil', 'art', '']
    """
    counts = Counter(name for names in label_sets for name in names)
    return [min(names, key=lambda name: (counts[name], name), default="") for names in label_sets]


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
    texts: Sequence[str] = (),
) -> Drawn:
    """Draw valid and test out of all rows: the row indices of each part, from 0.

    Each class keeps its share in every part where `stratified`.

    A row of each class stays in train. Rows of one group stay together or, where `groups` is empty, rows
    whose `texts` differ only in case and spaces.
    """
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(seed))
    numbers = {label: number for number, label in enumerate(sorted(set(labels)))}
    codes = np.fromiter((numbers[label] if stratified else 0 for label in labels), np.int64, len(labels))
    if groups:
        return _by_group(codes.tolist(), groups, (valid_fraction, test_fraction), rng)
    first = first_alike(texts) if texts else np.arange(len(labels))
    distinct, copies = np.unique(first, return_counts=True)
    valid, test = _by_row(codes[distinct], copies, valid_fraction, test_fraction, rng)
    part = np.zeros(len(labels), np.int8)
    part[distinct[valid]], part[distinct[test]] = 1, 2
    part = part[first]
    lost = ~np.isin(codes, codes[part == 0])  # classes whose texts were all seen first in another class
    part[np.isin(first, first[lost])] = 0
    return Drawn(*(np.flatnonzero(part == number).tolist() for number in range(3)))


def _by_row(
    codes: NDArray[int64], copies: NDArray[int64], valid_fraction: float, test_fraction: float, rng: Generator
) -> tuple[NDArray[int64], NDArray[int64]]:
    """Texts in the order of their classes and copies, shuffled among equals, of which every k-th is taken:
    texts with many copies, too, keep their share. The one with the most of each class is not taken.
    """
    import numpy as np

    rows = len(codes)
    order = np.lexsort((rng.random(rows), -copies, codes))
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


def read_parts(
    read: Callable[[Path], TextFile], train: Path, valid: Path | None, test: Path | None, split: Split
) -> Splits:
    """Read each file that there is, and draw the parts that have none."""
    files = {path: read(path) for path in (train, valid, test) if path is not None}
    check_parts(files, train)
    texts: dict[Path | None, Texts] = {path: file.texts for path, file in files.items()}
    source = " ".join(path.name or str(path) for path in files)
    splits = draw_parts(texts[train], texts.get(valid), texts.get(test), split, source)
    return replace(
        splits,
        files=tuple(source for file in files.values() for source in file.files),
        layout=files[train].layout,
        label_type="checked",
        notes=tuple(note for file in files.values() for note in file.notes) + splits.notes,
    )


def draw_parts(
    train: Texts, valid: Texts | None, test: Texts | None, split: Split, source: str = ""
) -> Splits:
    """Splits in which a part that is None is drawn from train. DataError where nothing is left to score."""
    valid_fraction = split.valid_fraction if valid is None else 0.0
    test_fraction = split.test_fraction if test is None else 0.0
    if test is not None and not len(test):
        raise _nothing_to_score("test has no rows", source)
    if not valid_fraction and not test_fraction:
        empty = Texts([], [], separator=train.separator)
        return Splits(train=train, valid=valid or empty, test=test or empty, source=source)
    drawn = split_rows(
        rarest_labels(train.label_sets) if train.separator else train.labels,
        train.groups,
        valid_fraction=valid_fraction,
        test_fraction=test_fraction,
        stratified=split.stratified,
        seed=split.seed,
        texts=train.texts,
    )
    if test_fraction and not drawn.test:
        raise _nothing_to_score(_none_drawn("test", len(train)), source)
    return Splits(
        train=train.take(drawn.train),
        valid=train.take(drawn.valid) if valid is None else valid,
        test=train.take(drawn.test) if test is None else test,
        source=source,
        notes=(
            *(_single_rows(train) if split.stratified and not train.groups and not train.separator else ()),
            *_nothing_drawn(valid_fraction, len(drawn.valid), len(train)),
        ),
    )


def _single_rows(train: Texts) -> tuple[Note, ...]:
    counts = Counter(train.labels)
    single = [row for row, label in zip(train.rows, train.labels, strict=True) if counts[label] == 1]
    if not single:
        return ()
    rows = first("row", single, len(single))
    return (Note(f"classes with one row only, which stays in train: {len(single):,} ({rows})"),)


def _nothing_drawn(fraction: float, drawn: int, rows: int) -> tuple[Note, ...]:
    return () if drawn or not fraction else (Note(_none_drawn("valid", rows)),)


def _nothing_to_score(reason: str, source: str) -> DataError:
    hint = "add rows, name another file for test, or draw none: data.split.test_fraction = 0"
    return DataError(f"{reason}: nothing to score", hint=hint, location=source)


def _none_drawn(part: str, rows: int) -> str:
    needed = f"all {rows:,} rows" if rows > 1 else "the only row"
    return f"{part} is empty: train needs {needed} (one of each class, equal texts together)"
