"""Train, valid and test: the ones that were given, and the others drawn from train."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.data.notes import first
from nlpkit.data.readers import TextFile
from nlpkit.data.split import split_rows
from nlpkit.data.texts import Splits, Texts

if TYPE_CHECKING:
    from nlpkit.data.datasets import Split

_EMPTY = Texts([], [])


def read_parts(
    read: Callable[[Path], TextFile], train: Path, valid: Path | None, test: Path | None, split: Split
) -> Splits:
    """Read each file that there is, and draw the parts that have none."""
    files = {path: read(path) for path in (train, valid, test) if path is not None}
    splits = draw_parts(
        files[train].texts,
        None if valid is None else files[valid].texts,
        None if test is None else files[test].texts,
        split,
    )
    return replace(
        splits,
        source=" ".join(path.name for path in files),
        files=tuple(file.file for file in files.values()),
        warnings=tuple(sentence for file in files.values() for sentence in file.warnings) + splits.warnings,
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
        warnings=(
            *(_single_rows(train) if split.stratified and not train.groups else ()),
            *_nothing_drawn("valid", valid_fraction, len(drawn.valid), len(train)),
            *_nothing_drawn("test", test_fraction, len(drawn.test), len(train)),
        ),
    )


def _single_rows(train: Texts) -> tuple[str, ...]:
    counts = Counter(train.labels)
    single = [row for row, label in zip(train.rows, train.labels, strict=True) if counts[label] == 1]
    if not single:
        return ()
    rows = first("row", single, len(single))
    return (f"{len(single):,} classes have one row only, which stays in train ({rows})",)


def _nothing_drawn(part: str, fraction: float, drawn: int, rows: int) -> tuple[str, ...]:
    if drawn or not fraction:
        return ()
    return (f"{part} is empty: {fraction:g} of {rows:,} rows is none that train could spare",)
