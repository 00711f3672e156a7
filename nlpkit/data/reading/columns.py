"""Which cells of a row are the text, the label and the group, and whether the first row is a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlpkit.data.reading.layout import Column, Layout
from nlpkit.data.reading.notes import printable
from nlpkit.errors import DataError, did_you_mean

# A first row of nothing but these is a header even where columns are asked for by number.
# fmt: off
USUAL_NAMES = frozenset({
    "body", "category", "class", "comment", "content", "description", "document", "group", "id",
    "index", "intent", "label", "labels", "message", "question", "review", "sentence", "sentiment",
    "stars", "target", "text", "title", "topic",
})
# fmt: on
_DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
_WRITTEN = {"\t": r"\t"}


@dataclass(frozen=True)
class Chosen:
    """Cell numbers in a row of `width` cells; `headed` where the first row is a header."""

    text: tuple[int, ...]
    label: int | None
    group: int | None
    width: int
    headed: bool


def choose(row: Sequence[str], layout: Layout, location: str) -> Chosen:
    """The cells that `layout` asks for, found from a file's first row."""
    wanted = [column for column in (*layout.text, layout.label, layout.group) if column is not None]
    names = [cell.strip() for cell in row]
    headed = _headed(names, wanted, layout.header)
    _check_delimiter(row, wanted, layout, location)
    if headed:
        _check_unique(names, location)
    return Chosen(
        text=tuple(_position(column, names, headed, location) for column in layout.text),
        label=None if layout.label is None else _position(layout.label, names, headed, location),
        group=None if layout.group is None else _position(layout.group, names, headed, location),
        width=len(row),
        headed=headed,
    )


def _headed(names: Sequence[str], wanted: Sequence[Column], header: bool | None) -> bool:
    if header is not None:
        return header
    named = any(isinstance(column, str) for column in wanted)
    return named or all(name.lower() in USUAL_NAMES for name in names)


def _check_delimiter(row: Sequence[str], wanted: Sequence[Column], layout: Layout, location: str) -> None:
    if len(row) > 1 or all(column in (0, row[0].strip()) for column in wanted):
        return
    counts = {name: row[0].count(name) for name in _DELIMITERS if name != layout.delimiter}
    likely = max(counts, key=lambda name: counts[name])
    if counts[likely]:
        raise DataError(
            f"only one column with the delimiter {layout.delimiter!r}",
            hint=f"the line has {_DELIMITERS[likely]}: {_reading(likely, layout)}",
            location=location,
        )


def _reading(delimiter: str, layout: Layout) -> str:
    setting = f'delimiter = "{_WRITTEN.get(delimiter, delimiter)}"'
    return f"read it as csv with {setting}" if layout.format == "tsv" else f"set {setting}"


def _check_unique(names: Sequence[str], location: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise DataError(
            f"the header has the column {twice[0]!r} more than once",
            hint="give each column its own name, or set header = false and name columns by number",
            location=location,
        )


def _position(column: Column, names: Sequence[str], headed: bool, location: str) -> int:
    if isinstance(column, int):
        if 0 <= column < len(names):
            return column
        count = f"{len(names)} columns, 0 to {len(names) - 1}" if len(names) > 1 else "one column, 0"
        raise DataError(f"there is no column {column}", hint=f"the first row has {count}", location=location)
    if not headed:
        raise DataError(
            f"there is no column {column!r} without a header",
            hint="set header = true, or name columns by number: the first is 0",
            location=location,
        )
    if column in names:
        return names.index(column)
    known = did_you_mean(column, [printable(name) for name in names])
    raise DataError(
        f"the header has no column {column!r}",
        hint=f"{known}; where there is no header, name columns by number: the first is 0",
        location=location,
    )
