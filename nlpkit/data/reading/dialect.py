"""What a table can be read with that cannot be read as it is: other settings, tried on its first lines."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.header import choose, is_header, unnamed_cell
from nlpkit.data.reading.layout import Table
from nlpkit.errors import DataError
from nlpkit.settings.tables import escaped, in_toml

HEAD_LINES = 200
HEAD_CHARS = 1 << 16

_SEPARATOR = re.compile(r'"?sep *= *([^\r\n])"?\r?\n?', re.IGNORECASE)
_NO_DELIMITER = frozenset(
    "\"'`\\_-.()/&?!\r\n"
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
    for settings in changes(layout, head):
        if _reads(head, replace(layout, **settings), asked):
            return settings
    return {}


def written(settings: dict[str, Any]) -> str:
    r"""Settings as one sets them in TOML and on the command line.

    >>> print(written({"delimiter": ";", "skip_rows": 1}))
    delimiter = ";" and skip_rows = 1 (on the command line: --delimiter ";" --skip-rows 1)
    """
    alone = {n: v[0] if isinstance(v, tuple) and len(v) == 1 else v for n, v in settings.items()}
    in_files = " and ".join(f"{name} = {in_toml(value)}" for name, value in alone.items())
    each = [(name, one) for name, v in settings.items() for one in (v if isinstance(v, tuple) else [v])]
    options = " ".join(_option(name.replace("_", "-"), value) for name, value in each)
    return f"{in_files} (on the command line: {options})"


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name} {_in_shell(str(value))}"


def _in_shell(value: str) -> str:
    r"""A value as one types it in a shell; a tab may be typed as `"\t"`.

    >>> print(_in_shell("Größe"), _in_shell("$ 5"), _in_shell("it's\na"))
    "Größe" '$ 5' $'it\'s\u000aa'
    """
    if value.isdecimal():
        return value
    if value == "\t":
        return r'"\t"'
    if value.isprintable():
        return shlex.quote(value) if set(value) & set('"$`\\!') else f'"{value}"'
    marks = {"'": r"\'", "\\": r"\\"}
    return "$'" + "".join(marks.get(each) or escaped(each) for each in value) + "'"


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


def _reads(head: Sequence[str], layout: Table, asked: Asked) -> bool:
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


def rows_of(head: Sequence[str], layout: Table) -> list[list[str]]:
    """The rows of some lines of a table, less blank ones and a last one that is cut; none if unreadable."""
    try:
        return list(filter(None, csv.reader(head, **csv_settings(layout))))
    except csv.Error as error:
        cut = "unexpected end" in str(error) and len(head) > 4
        return rows_of(head[: len(head) // 2], layout) if cut else []
