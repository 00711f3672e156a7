"""Which cells of a row are the text, the label and others, and whether the first row is a header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlpkit.data.reading.columns import (
    Asked,
    ColumnError,
    check_apart,
    known_columns,
    several_in_one_name,
    wanted_columns,
)
from nlpkit.data.reading.layout import Column, Table, by_place
from nlpkit.data.reading.notes import FileNotes, printable

# fmt: off
TEXT_NAMES = frozenset({
    "body", "comment", "content", "document", "message", "question", "review", "sentence", "text",
})
LABEL_NAMES = frozenset({
    "category", "class", "intent", "label", "labels", "sentiment", "stars", "target", "topic",
})
# fmt: on
# A first row of nothing but these is a header even where columns are asked for by number.
USUAL_NAMES = TEXT_NAMES | LABEL_NAMES | {"description", "group", "id", "index", "title"}


@dataclass(frozen=True)
class Chosen:
    """Places in a row of `width` cells."""

    text: tuple[int, ...]
    label: int | None
    others: tuple[int, ...]
    width: int


def is_header(row: Sequence[str], layout: Table, asked: Asked) -> bool | None:
    """Whether a table's first row is a header; None where neither the layout nor the row says so.

    A column that is asked for by name means a header. A name of digits means one where the row has it.
    """
    if layout.header is not None:
        return layout.header
    names = {cell.strip() for cell in row}
    wanted = [column for column in wanted_columns(layout, asked) if isinstance(column, str)]
    places = [name for name in wanted if by_place(name)]
    if len(places) < len(wanted) or (places and names.issuperset(places)):
        return True
    return True if is_numbered(row) or all(name.lower() in USUAL_NAMES for name in names) else None


def is_numbered(row: Sequence[str]) -> bool:
    """Whether a row is 0, 1 and so on, maybe after an empty cell, as pandas numbers columns without names."""
    cells = [cell.strip() for cell in row]
    numbers = cells[1:] if cells and not cells[0] else cells
    return len(numbers) > 1 and numbers == list(map(str, range(len(numbers))))


def choose(row: Sequence[str], layout: Table, asked: Asked, headed: bool, location: str) -> Chosen:
    """The places of the wanted columns, found from a table's first row."""
    names = [cell.strip() for cell in row] if headed else []

    def place(column: Column) -> int:
        if isinstance(column, str) and names.count(column) == 1:
            return names.index(column)
        if column not in names and by_place(column):
            return _numbered(column, row, location)
        raise _not_named(str(column), names, len(row), headed, location)

    text, label = tuple(map(place, layout.text)), place(layout.label) if asked.label else None
    check_apart(text, label, layout.label, location)
    return Chosen(
        text=text,
        label=label,
        others=tuple(map(place, asked.beside)),
        width=len(row),
    )


def beside_header(chosen: Chosen, rows: Sequence[Sequence[str]], notes: FileNotes, line: int) -> Chosen:
    """`chosen` from a header that has a name less than each row below has cells.

    Such rows end in a delimiter, or begin with an index that has no name, as R writes it.
    """
    unnamed = unnamed_cell(chosen.width, rows)
    if unnamed is None:
        return chosen
    if unnamed:
        notes.add("read rows that end in a delimiter, which the header does not", [line])
        return replace(chosen, width=chosen.width + 1)
    notes.add("took the first cell of each row for an index, which the header has no name for", [line])
    return Chosen(
        text=tuple(place + 1 for place in chosen.text),
        label=None if chosen.label is None else chosen.label + 1,
        others=tuple(place + 1 for place in chosen.others),
        width=chosen.width + 1,
    )


def unnamed_cell(width: int, rows: Sequence[Sequence[str]]) -> int | None:
    """The place of the cell that each row has beyond a header of `width` names; None where there is none.

    That is the last, where it is empty in all rows, or the first, where it is another word in each. A word
    before cells that begin with a space is one cell with these, as in `Doe, Jane`, unless it is a number.
    """
    if len(rows) < 2 or {len(row) for row in rows} != {width + 1}:
        return None
    if not any(row[-1] for row in rows):
        return width
    words = {row[0].strip() for row in rows}
    apart = all(map(str.isdecimal, words)) or not all(row[1].startswith(" ") for row in rows)
    return 0 if apart and len(words) == len(rows) and not any(" " in word for word in words) else None


def by_name(layout: Table, header: Sequence[str]) -> Table:
    """The layout with a header's names for columns that are asked for by number, where no other has them."""
    names = [cell.strip() for cell in header]

    def name(column: Column) -> Column:
        place = int(column) if by_place(column) else -1
        own = 0 <= place < len(names) and names.count(names[place]) == 1 and names[place]
        return names[place] if own and column not in names else column

    return replace(layout, text=tuple(map(name, layout.text)), label=name(layout.label), header=True)


def _numbered(column: Column, row: Sequence[str], location: str) -> int:
    place = int(column)
    if 0 <= place < len(row):
        return place
    count = f"{len(row)} columns, 0 to {len(row) - 1}" if len(row) > 1 else "one column, 0"
    hint = f"the first row has {count}"
    raise ColumnError(f"there is no column {place}", column, hint=hint, location=location)


def _not_named(column: str, names: Sequence[str], width: int, headed: bool, location: str) -> ColumnError:
    if not headed:
        message = f"there is no column '{printable(column)}' without a header"
        by_number = several_in_one_name(column, [str(place) for place in range(width)])
        hint = by_number or "set header = true, or name columns by number: the first is 0"
    elif column in names:
        message = f"the header has the column {column!r} more than once"
        hint = (
            "give each column its own name, or set header = true and name columns by number: the first is 0"
        )
    else:
        known = known_columns(column, names)
        message = f"the header has no column '{printable(column)}'"
        hint = f"{known}; where there is no header, name columns by number: the first is 0"
    return ColumnError(message, column, hint=hint, location=location)
