"""Predictions as a Parquet file, which pyarrow writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from nlpkit.cli.answers import BLANK, Answered, Content, cell
from nlpkit.errors import ConfigError, MissingError
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
    """What adds answers to a new file, in groups of 65,536 rows, of which the first tells the types."""
    pa = pyarrow()
    waiting: list[Answered] = []

    with atomic_bytes(path) as file, ExitStack() as stack:
        writers: list[Any] = []

        def write_waiting() -> None:
            if not writers:
                schema = _schema(waiting, content)
                writers.append(stack.enter_context(pa.parquet.ParquetWriter(file, schema)))
            if waiting:
                writers[0].write_table(_table(waiting, content, writers[0].schema))
                waiting.clear()

        def write(some: Answered) -> None:
            waiting.append(some)
            if sum(len(each.labels) for each in waiting) >= GROUP_ROWS:
                write_waiting()

        yield write
        write_waiting()


def _schema(some: list[Answered], content: Content) -> Any:
    """The types of the columns. What a plugin adds is text if there is nothing in it yet."""
    pa = pyarrow()
    types = {"row": pa.int64()} | {f"probability:{name}": pa.float64() for name in content.classes}
    if content.sets:
        types["labels"] = pa.list_(pa.string())
    for name, values in zip(content.added, _joined(some, "added", len(content.added)), strict=True):
        found = {type(value) for value in values} - {type(None)}
        of = {frozenset({bool}): pa.bool_(), frozenset({int}): pa.int64(), frozenset({float}): pa.float64()}
        types[name] = pa.float64() if found == {int, float} else of.get(frozenset(found), pa.string())
    return pa.schema([(name, types.get(name, pa.string())) for name in content.columns])


def _table(some: list[Answered], content: Content, schema: Any) -> Any:
    """Answers as a table."""
    import numpy as np

    pa = pyarrow()
    labels = list(chain.from_iterable(each.labels for each in some))
    sets = [[content.classes[id] for id in ids] for each in some for ids in each.sets]

    def named(ids: Any) -> str | None:
        if content.separator:
            return content.cell([content.classes[each] for each in ids])
        return None if ids is None else content.classes[ids]

    chances = np.concatenate([each.probabilities for each in some])
    notes: list[str | None] = [None] * len(labels)
    for each in some:
        for place in each.blank:
            notes[each.first - some[0].first + place] = BLANK
    kept = _joined(some, "kept", len(content.kept))
    added = zip(content.added, _joined(some, "added", len(content.added)), strict=True)
    columns = [
        range(some[0].first, some[0].first + len(labels)),
        *(_as_text(values) for values in kept),
        list(map(named, labels)),
        *([sets] if content.sets else []),
        *(chances.T if content.probabilities else ()),
        *(_typed(name, values, schema.field(name).type) for name, values in added),
        notes,
    ]
    return pa.table(columns, schema=schema)


def _joined(some: list[Answered], which: Literal["kept", "added"], count: int) -> list[list[object]]:
    """The columns of several answers, each in one."""
    return [list(chain.from_iterable(getattr(each, which)[place] for each in some)) for place in range(count)]


def _as_text(values: Sequence[object]) -> list[str | None]:
    return [None if value is None else cell(value) for value in values]


def _typed(name: str, values: list[object], type: Any) -> list[Any]:
    """What a plugin adds, in the type that the column has by its first group."""
    pa = pyarrow()
    if type == pa.string():
        return _as_text(values)
    broken = [value for value in values if isinstance(value, float)] if type == pa.int64() else []
    if broken:
        raise ConfigError(
            f"the column {name!r} began with whole numbers, and goes on with {broken[0]}",
            hint="a Parquet file has one type a column: write to .csv or .jsonl, or have the plugin give "
            "floats throughout",
        )
    return values
