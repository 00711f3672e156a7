"""Predictions as a Parquet file, which pyarrow writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from nlpkit.cli.answers import BLANK, Answered, Content, cell
from nlpkit.errors import MissingError
from nlpkit.system.atomic import atomic_bytes

GROUP_ROWS = 1 << 16


def pyarrow() -> Any:
    """The library, or a MissingError that says how to get it."""
    try:
        import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingError(
            "a .parquet file needs pyarrow", hint="install it with: pip install 'nlpkit-toolkit[arrow]'"
        ) from error
    return import_module("pyarrow")


@contextmanager
def writing_parquet(path: Path, content: Content) -> Iterator[Callable[[Answered], None]]:
    """What adds answers to a new file, in groups of 65,536 rows."""
    pa = pyarrow()
    types = {"row": pa.int64()} | {f"probability:{name}": pa.float64() for name in content.classes}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in content.columns])
    waiting: list[Answered] = []

    with atomic_bytes(path) as file, pa.parquet.ParquetWriter(file, schema) as writer:

        def write_waiting() -> None:
            if waiting:
                writer.write_table(pa.table(_columns(waiting, content), schema=schema))
                waiting.clear()

        def write(some: Answered) -> None:
            waiting.append(some)
            if sum(len(each.labels) for each in waiting) >= GROUP_ROWS:
                write_waiting()

        yield write
        write_waiting()


def _columns(some: list[Answered], content: Content) -> list[Any]:
    """The columns of a table, in order."""
    import numpy as np

    labels = list(chain.from_iterable(each.labels for each in some))
    chances = np.concatenate([each.probabilities for each in some])
    notes: list[str | None] = [None] * len(labels)
    for each in some:
        for place in each.blank:
            notes[each.first - some[0].first + place] = BLANK
    kept = [chain.from_iterable(columns) for columns in zip(*(each.kept for each in some), strict=True)]
    return [
        range(some[0].first, some[0].first + len(labels)),
        *([None if value is None else cell(value) for value in values] for values in kept),
        [content.classes[label] for label in labels],
        *(chances.T if content.probabilities else ()),
        notes,
    ]
