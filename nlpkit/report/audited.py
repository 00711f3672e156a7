"""What an audit found, as a text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nlpkit.report.numbers import COLUMNS
from nlpkit.system.terminal import counted, cut, one_line, plain

SHOWN: Final = 5
CELL_CHARS: Final = 24
# the heading of each table, for one row and for several, and its columns
_HEADS: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "near_duplicates": (
        "text is nearly the same as one before",
        "texts are nearly the same as one before",
        ("part", "row", "near_part", "near_row", "similarity", "text"),
    ),
    "conflicts": (
        "text has a twin with another label",
        "texts have a twin with another label",
        ("part", "row", "label", "near_part", "near_row", "near_label", "text"),
    ),
    "give_aways": (
        "word tells the class alone",
        "words tell the class alone",
        ("word", "label", "texts", "purity", "coverage"),
    ),
    "class_shift": (
        "class is not as frequent as in train",
        "classes are not as frequent as in train",
        ("part", "label", "train_fraction", "fraction"),
    ),
    "encoding": ("text is damaged", "texts are damaged", ("part", "row", "what", "text")),
    "label_errors": (
        "train label is likely wrong",
        "train labels are likely wrong",
        ("row", "label", "likelier", "text"),
    ),
}
_PARTS: Final = ("part", "texts", "median_words", "most_words", "unknown_fraction", "missing_words")


def text(audited: Mapping[str, Any]) -> str:
    """A table of the parts, and the first rows of each other table that has some."""
    found = [_table(_PARTS, audited["parts"])]
    nothing, unasked = list[str](), list[str]()
    for name, (one, several, columns) in _HEADS.items():
        rows = audited.get(name)
        if not rows:
            (unasked if rows is None else nothing).append(name.replace("_", " "))
            continue
        head = counted(
            len({(row.get("part"), row.get("row"), row.get("word")) for row in rows}), one, several
        )
        shown = f", of which these are the first {SHOWN}" if len(rows) > SHOWN else ""
        found.append(f"{head}{shown}\n{_table(columns, rows[:SHOWN])}")
    if audited["facts"]["near_bounded"]:
        found.append("so many texts are alike that each was compared with some of them alone")
    if nothing:
        found.append(f"nothing found of: {', '.join(nothing)}")
    if unasked:
        found.append(f"not looked for: {', '.join(unasked)}")
    return plain("\n\n".join(found)) + "\n"


def _table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Rows below the names of their columns; the last one has what is left of a line."""
    cells = [[name.replace("_", " ") for name in columns]]
    cells += [[_cell(row[name]) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = max(20, COLUMNS - sum(widths[:-1]) - 2 * len(widths[:-1]))
    lines = []
    for *first, last in cells:
        head = [
            f"{cut(cell, CELL_CHARS):<{min(size, CELL_CHARS)}}"
            for cell, size in zip(first, widths, strict=False)
        ]
        lines.append("  ".join([*head, cut(last, left)]).rstrip())
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else one_line(str(value))
