"""What a table can be read with that cannot be read as it is: other settings, tried on its first lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.header import choose, is_header
from nlpkit.data.reading.layout import Table
from nlpkit.errors import DataError
from nlpkit.settings.tables import in_toml

HEAD_LINES = 200
HEAD_CHARS = 1 << 16

_CHANGES: tuple[dict[str, Any], ...] = (
    {"skip_spaces": True},
    {"escapechar": "\\"},
    {"delimiter": ";"},
    {"delimiter": ","},
    {"delimiter": "\t"},
    {"delimiter": "|"},
    {"quotechar": "'"},
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
    for changes in _changes(layout):
        if _reads(head, replace(layout, **changes), asked):
            return changes
    return {}


def written(settings: dict[str, Any]) -> str:
    r"""Settings as one sets them in TOML and on the command line.

    >>> print(written({"delimiter": ";", "skip_rows": 1}))
    delimiter = ";" and skip_rows = 1 (on the command line: --delimiter ";" --skip-rows 1)
    """
    pairs = {name: in_toml(value) for name, value in settings.items()}
    in_files = " and ".join(f"{name} = {value}" for name, value in pairs.items())
    options = " ".join(
        {"true": f"--{name}", "false": f"--no-{name}"}.get(value, f"--{name} {value}")
        for name, value in ((name.replace("_", "-"), value) for name, value in pairs.items())
    )
    return f"{in_files} (on the command line: {options})"


def _changes(layout: Table) -> Iterator[dict[str, Any]]:
    alone = [each for each in _CHANGES if not each.items() <= vars(layout).items()]
    yield from alone
    for several in (2, 3):
        for together in combinations(alone, several):
            merged = {name: value for each in together for name, value in each.items()}
            if len(merged) == several:
                yield merged


def _reads(head: Sequence[str], layout: Table, asked: Asked) -> bool:
    rows = rows_of(head, layout)
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return False
    try:
        choose(rows[0], layout, asked, is_header(rows[0], layout, asked) or False, "")
    except DataError:
        return False
    wrapping = layout.quotechar == '"' or any(layout.delimiter + layout.quotechar in line for line in head)
    return wrapping and not any(
        cell.strip().startswith(('"', layout.quotechar)) for row in rows for cell in row
    )


def rows_of(head: Sequence[str], layout: Table) -> list[list[str]]:
    """The rows of some first lines, less blank ones and a last one that is cut; none if unreadable."""
    try:
        rows = list(filter(None, csv.reader(head[layout.skip_rows :], **csv_settings(layout))))
    except csv.Error as error:
        if "unexpected end" not in str(error):
            return []
        return rows_of(head[: len(head) // 2], layout) if len(head) > 4 else []
    return rows
