"""What a table can be read with that cannot be read as it is: other settings, tried on its first lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, compress
from typing import Any

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.layout import Table
from nlpkit.data.reading.tables.header import choose, is_header, unnamed_cell
from nlpkit.errors import DataError
from nlpkit.settings.toml import in_toml

HEAD_LINES = 200
HEAD_CHARS = 1 << 16
_TRIED_LINES = 10

_SEPARATOR = re.compile(r'"?sep *= *([^\r\n])"?\r?\n?', re.IGNORECASE)
_NO_DELIMITER = frozenset(
    "\"'`\\_-.()[]{}<>/&?!\r\n"
)  # marks that names of columns may have in them, or around them
_CHANGES: tuple[dict[str, Any], ...] = (
    {"skip_spaces": True},
    {"escapechar": "\\"},
    {"delimiter": ";"},
    {"delimiter": ","},
    {"delimiter": "\t"},
    {"delimiter": "|"},
    {"quotechar": "'"},
    {"quotechar": '"'},
    {"quotechar": "`"},
    {"skip_rows": 0},
    {"skip_rows": 1},
    {"skip_rows": 2},
    {"skip_rows": 3},
)


def csv_settings(layout: Table) -> dict[str, Any]:
    """The layout as the csv module wants it said."""
    return {
        "delimiter": layout.delimiter,
        "quotechar": layout.quotechar,
        "escapechar": layout.escapechar,
        "skipinitialspace": layout.skip_spaces,
        "quoting": csv.QUOTE_NONE if layout.quoted is False else csv.QUOTE_MINIMAL,
        "strict": True,
    }


def read_with(head: Sequence[str], layout: Table, asked: Asked) -> dict[str, Any]:
    """The settings that some first lines can be read with; empty where these do not do.

    Those with the fewest changes come first, and every row has to have as many cells as the first.
    """
    if reads(head, layout, asked):  # what cannot be read is below
        return {}
    for settings in changes(layout, head):
        if reads(head, replace(layout, **settings), asked):
            return settings
    return {}


def written(settings: dict[str, Any]) -> str:
    r"""Settings as one writes them.

    >>> print(written({"delimiter": ";", "text": ("body",), "skip_rows": 1}))
    delimiter = ";" and text = "body" and skip_rows = 1
    """
    alone = {n: v[0] if isinstance(v, tuple) and len(v) == 1 else v for n, v in settings.items()}
    return " and ".join(f"{name} = {in_toml(value)}" for name, value in alone.items())


def changes(layout: Table, head: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Other settings to try with some first lines, those with the fewest changes first."""
    tried = [*_CHANGES, *_changes_for(head)]
    alone = [each for each in tried if not each.items() <= vars(layout).items()]
    yield from alone
    for several in (2, 3):
        for together in combinations(alone, several):
            merged = {name: value for each in together for name, value in each.items()}
            if len(merged) == several:
                yield merged


def _changes_for(head: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What these lines suggest: to skip all comments, and a mark of the header as the delimiter."""
    comments = next((number for number, line in enumerate(head) if not line.startswith("#")), 0)
    if comments > 3:
        yield {"skip_rows": comments}
    usual = {each.get("delimiter") for each in _CHANGES}
    for mark in dict.fromkeys(head[comments] if head else ""):
        if not (mark.isalnum() or mark in usual or mark in _NO_DELIMITER or mark == " "):
            yield {"delimiter": mark}


def even_rows(head: Sequence[str], layout: Table, *, unnamed: bool = False) -> list[list[str]]:
    """The rows of some first lines, where there are two or more that have as many cells as each other.

    With `unnamed`, a header may have a name less. No rows where a quote mark is left over in a cell.
    """
    head = head[layout.skip_rows :]
    if head and (said := separator(head[0])):
        head, layout = head[1:], replace(layout, delimiter=said)
    first, *below = rows = rows_of(head, layout) or [[]]
    even = below and {len(row) for row in below} == {len(first)}
    if not even and not (unnamed and unnamed_cell(len(first), below) is not None):
        return []
    opening = layout.delimiter + layout.quotechar
    wraps = layout.quotechar == '"' or any(opening in layout.delimiter + line for line in head)
    return rows if wraps and not _left_over(rows, layout) else []


def _left_over(rows: Sequence[Sequence[str]], layout: Table) -> bool:
    """Whether quote marks are in cells that they should wrap: one, or single ones around each of a row."""
    if layout.quoted is False:
        return False
    stray = ('"', layout.quotechar)
    if any(cell.strip().startswith(stray) for row in rows for cell in row):
        return True
    return all(len(cell) > 2 and cell[0] == cell[-1] == "'" for cell in rows[0])


def reads(head: Sequence[str], layout: Table, asked: Asked) -> bool:
    """Whether some first lines are rows with the wanted columns, as many cells in each."""
    rows = even_rows(head, layout)
    try:
        choose(rows[0], layout, asked, is_header(rows[0], layout, asked) or False, "")
    except (DataError, IndexError):
        return False
    return True


def separator(line: str) -> str:
    """The delimiter that a line such as `sep=;` says, as Excel writes and reads it; empty for others."""
    said = _SEPARATOR.fullmatch(line)
    return said[1] if said else ""


def rows_above_fault(head: Sequence[str], layout: Table) -> tuple[list[list[str]], bool]:
    """The rows of some lines, less blank ones, above the first that is unreadable; whether there is one."""
    rows: list[list[str]] = []
    cut = False
    try:
        for row in csv.reader(head, **csv_settings(layout)):
            rows.append(row)  # what came before an error has to stay
    except csv.Error:
        cut = True
    return list(compress(rows, filled(rows, max(map(len, rows), default=0)))), cut


def better_delimiter(head: Sequence[str], layout: Table) -> dict[str, Any]:
    """The delimiter that all of some first lines have, where the one of the layout is not in the first."""
    lines = [line for line in head[layout.skip_rows :][:_TRIED_LINES] if not line.isspace()]
    if not lines or layout.delimiter in lines[0]:
        return {}
    usual = [each["delimiter"] for each in _CHANGES if "delimiter" in each]
    there = [mark for mark in usual if all(mark in line for line in lines)]
    return {"delimiter": max(there, key=lines[0].count)} if there else {}


def filled(rows: Sequence[Sequence[str]], widest: int) -> list[bool]:
    """Whether there is something in each row; where the `widest` has several cells, spaces alone are nothing.

    >>> filled([["oil", "a"], [], ["  "]], 2), filled([["  "], []], 1)
    ([True, False, False], [True, False])
    """
    widths = list(map(len, rows))
    if widest == 1 or 1 not in widths:
        return list(map(bool, widths))
    return [len(row) > 1 or (len(row) == 1 and not row[0].isspace()) for row in rows]


def rows_of(head: Sequence[str], layout: Table) -> list[list[str]]:
    """The rows of some lines of a table, less blank ones and a last one that is cut; none if unreadable."""
    try:
        rows = list(csv.reader(head, **csv_settings(layout)))
        return list(compress(rows, filled(rows, max(map(len, rows), default=0))))
    except csv.Error as error:
        cut = "unexpected end" in str(error) and len(head) > 4
        return rows_of(head[: len(head) // 2], layout) if cut else []
