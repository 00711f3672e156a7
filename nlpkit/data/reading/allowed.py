"""What the settings of a layout may be."""

from __future__ import annotations

import codecs

Column = str | int


def encoding_problem(encoding: str) -> str:
    """What is wrong with the name of an encoding; empty where nothing is."""
    try:
        "x".encode(encoding)
        codecs.getincrementaldecoder(encoding)
    except (LookupError, ValueError):
        return f"{encoding!r} is not the name of a text encoding; try utf-8, utf-16, latin-1 or cp1252"
    return ""


def bad_columns(**columns: Column | None) -> dict[str, str]:
    """The problems of columns that are no name and no number from 0."""
    return {
        field: f"{column!r} is not the name of a column, nor a number from 0"
        for field, column in columns.items()
        if (isinstance(column, str) and not column.strip()) or (isinstance(column, int) and column < 0)
    }


def bad_names(text: tuple[Column, ...], label: Column) -> dict[str, str]:
    problems = {} if text else {"text": "is empty; name one column or more"}
    for column in reversed(text):
        problems |= bad_columns(text=column)
    return problems | bad_columns(label=label)


def bad_label_columns(columns: tuple[str, ...], *, multi_label: bool) -> dict[str, str]:
    """The problem of a column for each label: of one label a text, or named twice."""
    if not columns:
        return {}
    if not multi_label:
        return {"label_columns": "is for multi_label = true"}
    twice = [column for column in columns if columns.count(column) > 1]
    return (
        {"label_columns": f"{twice[0]!r} is named twice"} if twice else bad_columns(label_columns=columns[0])
    )


def bad_separator(separator: str | None, *, multi_label: bool) -> dict[str, str]:
    """The problem of what is to stand between labels."""
    if separator is None:
        return {}
    if not multi_label:
        return {"label_separator": "is for multi_label = true"}
    return {} if len(separator) == 1 else {"label_separator": f"{separator!r} is not one character"}


def bad_marks(**marks: str | None) -> dict[str, str]:
    """The problems of characters that cannot have a meaning of their own in a table, or have two."""
    problems: dict[str, str] = {}
    seen: dict[str, str] = {}
    for field, mark in marks.items():
        if mark is None:
            continue
        if len(mark) != 1 or mark in "\r\n\0 " or (field == "delimiter" and mark == '"'):
            problems[field] = f"{mark!r} is not one character that can {_USES[field]}"
        elif mark in seen and seen[mark] not in problems:
            problems[field] = f"{mark!r} is the {seen[mark]} already"
        seen[mark] = field
    return problems


_USES = {
    "delimiter": "stand between cells",
    "quotechar": "wrap cells",
    "escapechar": "make the next one ordinary",
}
