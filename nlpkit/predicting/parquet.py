"""Predictions as a Parquet or an Arrow file, which pyarrow writes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from nlpkit.errors import ConfigError, MissingError
from nlpkit.predicting.answers import BLANK, Answered, Content, cell, likeliest

GROUP_ROWS = 1 << 16


def pyarrow(ending: str) -> Any:
    """The library, or a MissingError that says how to get it."""
    try:
        for module in ("pyarrow.parquet", "pyarrow.ipc"):
            import_module(module)
    except ImportError as error:
        hint = "install it with: pip install 'nlpkit-toolkit[arrow]'"
        what = f"{'an' if ending == '.arrow' else 'a'} {ending} file needs pyarrow"
        raise MissingError(what, hint=hint) from error
    return import_module("pyarrow")


class ArrowGroups:
    """Answers as an Arrow stream, which can be cut off and gone on with between two groups of 65,536 rows,
    and at the end becomes a file of either format. The first group tells the types of the columns.
    """

    def __init__(self, content: Content, ending: str) -> None:
        self._content, self._ending = content, ending
        self._waiting: list[Answered] = []
        self._schema: Any = None
        self.final = "whole"

    def go_on(self, written: Path) -> None:
        """Go on with what is written already."""
        pa = pyarrow(self._ending)
        if written.stat().st_size:
            with pa.OSFile(str(written)) as file:
                self._schema = pa.ipc.open_stream(file).schema

    @property
    def waits(self) -> bool:
        """Whether answers wait for others of their group."""
        return bool(self._waiting)

    def add(self, some: Answered) -> bytes:
        """What to write once these are answered, which is nothing until a group is full."""
        self._waiting.append(some)
        full = sum(len(each.labels) for each in self._waiting) >= GROUP_ROWS
        return self.rest() if full else b""

    def rest(self) -> bytes:
        """What to write of the answers that wait."""
        messages = []
        if self._schema is None:
            self._schema = _schema(self._waiting, self._content)
            messages.append(self._schema.serialize().to_pybytes())
        if self._waiting:
            table = _table(self._waiting, self._content, self._schema).combine_chunks()
            messages += [batch.serialize().to_pybytes() for batch in table.to_batches()]
            self._waiting.clear()
        return b"".join(messages)

    def finish(self, written: Path) -> None:
        """Make a file of the stream, group by group, beside it."""
        pa = pyarrow(self._ending)
        whole = written.with_name(self.final)
        with pa.OSFile(str(written)) as file, pa.ipc.open_stream(file) as stream:
            if self._ending == ".parquet":
                with pa.parquet.ParquetWriter(whole, stream.schema) as writer:
                    for batch in stream:
                        writer.write_table(pa.Table.from_batches([batch]))
            else:
                with pa.OSFile(str(whole), "wb") as sink, pa.ipc.new_file(sink, stream.schema) as writer:
                    for batch in stream:
                        writer.write_batch(batch)


def _schema(some: list[Answered], content: Content) -> Any:
    """The types of the columns. What a plugin adds is text if there is nothing in it yet."""
    import pyarrow as pa

    types = {"row": pa.int64()} | {f"probability:{name}": pa.float64() for name in content.classes}
    types |= dict.fromkeys(content.likeliest[1::2], pa.float64())
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
    import pyarrow as pa

    labels = list(chain.from_iterable(each.labels for each in some))
    sets = [[content.classes[id] for id in ids] for each in some for ids in each.sets]

    def named(ids: Any) -> str | None:
        if content.separator:
            return content.cell([content.classes[each] for each in ids])
        return None if ids is None else content.classes[ids]

    chances = np.concatenate([each.probabilities for each in some])
    notes: list[str | None] = []
    for each in some:
        notes += [None] * len(each.labels)
        for place in each.blank:
            notes[place - len(each.labels)] = BLANK
    kept = _joined(some, "kept", len(content.kept))
    added = zip(content.added, _joined(some, "added", len(content.added)), strict=True)
    columns = [
        list(chain.from_iterable(each.rows for each in some)),
        *(_as_text(values) for values in kept),
        list(map(named, labels)),
        *([sets] if content.sets else []),
        *_likeliest(some, content),
        *(chances.T if content.probabilities else ()),
        *(_typed(name, values, schema.field(name).type) for name, values in added),
        notes,
    ]
    return pa.table(columns, schema=schema)


def _likeliest(some: list[Answered], content: Content) -> list[Any]:
    """The columns of the likeliest classes: of each rank the name and the probability."""
    import numpy as np

    if not content.top:
        return []
    found = [likeliest(each, content.top) for each in some]
    ids, chances = (np.concatenate(each).T for each in zip(*found, strict=True))
    names = ([content.classes[id] for id in column.tolist()] for column in ids)
    return list(chain.from_iterable(zip(names, chances, strict=True)))


def _joined(some: list[Answered], which: Literal["kept", "added"], count: int) -> list[list[object]]:
    """The columns of several answers, each in one."""
    return [list(chain.from_iterable(getattr(each, which)[place] for each in some)) for place in range(count)]


def _as_text(values: Sequence[object]) -> list[str | None]:
    return [None if value is None else cell(value) for value in values]


def _typed(name: str, values: list[object], type: Any) -> list[Any]:
    """What a plugin adds, in the type that the column has by its first group."""
    import pyarrow as pa

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
