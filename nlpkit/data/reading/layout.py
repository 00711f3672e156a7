"""How files of texts are laid out: a class for each format, whose fields are the settings of reading it.

A dataset of files inherits one of them, a model remembers the one it was trained from, and the command line
has an option for every field.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import ClassVar, Literal

from nlpkit.settings.checks import Settings
from nlpkit.settings.values import refuse, whole

MAX_CHARS = 1_000_000

Column = str | int
Errors = Literal["strict", "replace"]
LabelType = Literal["auto", "string"]


@dataclass(frozen=True, kw_only=True)
class Layout(Settings):
    """What a reader has to know about a file, whose name may say so by one of the `endings`. Its records are
    counted by `word`, and `columns` says where the text and the label are, where columns have no names.

    label_type: "string" takes labels as they are written; "auto" refuses likely mistakes, such as NULL
    multi_label: whether a text has any number of labels, none included
    label_separator: the character between the labels of a text; found out where unset
    max_chars: longest text that is read, in characters
    """

    format: ClassVar[str]
    endings: ClassVar[tuple[str, ...]] = ()
    word: ClassVar[str] = "line"
    columns: ClassVar[str] = ""

    label_type: LabelType = "auto"
    multi_label: bool = False
    label_separator: str | None = None
    max_chars: int = MAX_CHARS

    def __post_init__(self) -> None:
        refuse(whole(1, 2**31 - 1, max_chars=self.max_chars), _bad_separator(self))


@dataclass(frozen=True, kw_only=True)
class Encoded(Layout):
    """Of a file that is text.

    encoding: how the file encodes text
    errors: whether bytes that are no text are refused, or replaced by U+FFFD and counted
    """

    encoding: str = "utf-8"
    errors: Errors = "strict"

    def __post_init__(self) -> None:
        problem = encoding_problem(self.encoding)
        refuse({"encoding": problem} if problem else {})


@dataclass(frozen=True, kw_only=True)
class Named(Layout):
    """Of records whose columns have names.

    text: columns that make the text, joined by one space
    label: column of the label
    label_columns: columns that are named after a label each, and have 1 where a text has it, in the place of
        the label; for multi_label
    """

    text: tuple[str, ...] = ("text",)
    label: str = "label"
    label_columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse(_bad_names(self.text, self.label), _bad_label_columns(self, self.label_columns))


@dataclass(frozen=True, kw_only=True)
class Objects(Named):
    """Of records whose values have types.

    coerce: whether numbers and true or false may be texts, as they are written
    """

    coerce: bool = False


@dataclass(frozen=True, kw_only=True)
class Folder(Encoded):
    """Of a folder that says the classes of the files in it.

    classes: the names of the classes; all that are there where empty
    """

    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse({"multi_label": "a folder gives each text one label"} if self.multi_label else {})


@dataclass(frozen=True, kw_only=True)
class Table(Encoded):
    """Of rows of cells.

    text: columns that make the text, by name, or in a table by number from 0, joined by one space
    label: column of the label, by name, or in a table by number from 0
    label_columns: columns that are named after a label each, and have 1 where a text has it, in the place of
        the label; for multi_label
    delimiter: the character between cells
    header: whether the first row is one; found out where unset
    quoted: whether quote marks wrap cells; false where they are ordinary characters. Where unset they do, and
        a cell that seems to have swallowed other cells or rows is refused
    quotechar: the quote mark that wraps cells
    escapechar: the character that makes an ordinary one of the next, such as a backslash
    skip_spaces: whether spaces after a delimiter are no part of the cell
    skip_rows: lines above the table, such as a comment
    """

    text: tuple[str | int, ...] = ("text",)
    label: str | int = "label"
    label_columns: tuple[str, ...] = ()
    delimiter: str = ","
    header: bool | None = None
    quoted: bool | None = None
    quotechar: str = '"'
    escapechar: str | None = None
    skip_spaces: bool = False
    skip_rows: int = 0

    def __post_init__(self) -> None:
        refuse(
            _bad_names(self.text, self.label),
            _bad_label_columns(self, self.label_columns),
            _bad_marks(
                delimiter=self.delimiter,
                quotechar=self.quotechar if self.quoted is not False else None,
                escapechar=self.escapechar,
            ),
            whole(0, 1_000_000, skip_rows=self.skip_rows),
        )


@dataclass(frozen=True, kw_only=True)
class CsvLayout(Table):
    """Comma-separated rows, or with another delimiter."""

    format = "csv"
    endings = (".csv",)


@dataclass(frozen=True, kw_only=True)
class TsvLayout(Table):
    """Tab-separated rows."""

    format = "tsv"
    endings = (".tsv", ".tab")

    delimiter: str = "\t"


@dataclass(frozen=True, kw_only=True)
class JsonlLayout(Encoded, Objects):
    """One JSON object a line."""

    format = "jsonl"
    endings = (".jsonl", ".ndjson")


@dataclass(frozen=True, kw_only=True)
class JsonLayout(Encoded, Objects):
    """One JSON document with an array of objects in it.

    records: the array of objects in the document, such as `data.items`; found out where unset
    """

    format = "json"
    endings = (".json",)
    word = "record"

    records: str | None = None

    def __post_init__(self) -> None:
        refuse({"records": "is empty; name a key, or leave it out"} if self.records == "" else {})


@dataclass(frozen=True, kw_only=True)
class ParquetLayout(Objects):
    """Columns in a Parquet file."""

    format = "parquet"
    endings = (".parquet",)
    word = "row"


@dataclass(frozen=True, kw_only=True)
class ArrowLayout(Objects):
    """Columns in an Arrow or Feather file, or in an Arrow stream."""

    format = "arrow"
    endings = (".arrow", ".feather")
    word = "row"


@dataclass(frozen=True, kw_only=True)
class FastTextLayout(Encoded):
    """A label with a prefix and then the text, on each line.

    label_prefix: what labels begin with
    """

    format = "fasttext"
    endings = (".fasttext", ".ft")
    columns = "each line is a label with a prefix, and then the text"

    label_prefix: str = "__label__"

    def __post_init__(self) -> None:
        unfit = self.label_prefix.split() != [self.label_prefix]
        refuse({"label_prefix": "is empty or has a space in it"} if unfit else {})


@dataclass(frozen=True, kw_only=True)
class LabelTextLayout(Encoded):
    """A label and then the text, on each line."""

    format = "label_text"
    endings = (".label",)
    columns = "each line is a label, and then the text"


@dataclass(frozen=True, kw_only=True)
class TxtLayout(Encoded):
    """One text a line; the labels, if any, are in a file of their own."""

    format = "txt"
    endings = (".txt",)
    columns = "each line is a text, and the labels are in a file of their own"


@dataclass(frozen=True, kw_only=True)
class FoldersLayout(Folder):
    """A folder for each class, and in it a file for each text."""

    format = "folders"
    columns = "each file is a text, and the folder names are the labels"


@dataclass(frozen=True, kw_only=True)
class ClassFilesLayout(Folder):
    """A file for each class, and in it one text a line."""

    format = "class_files"
    columns = "each line is a text, and the file names are the labels"


def by_place(column: Column) -> bool:
    """Whether a column may be a number from 0: one on the command line is a string."""
    return isinstance(column, int) or (column.isdecimal() and len(column) < 10)


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


def _bad_names(text: tuple[Column, ...], label: Column) -> dict[str, str]:
    problems = {} if text else {"text": "is empty; name one column or more"}
    for column in reversed(text):
        problems |= bad_columns(text=column)
    return problems | bad_columns(label=label)


def _bad_label_columns(layout: Layout, columns: tuple[str, ...]) -> dict[str, str]:
    """The problem of a column for each label: of one label a text, or named twice."""
    if not columns:
        return {}
    if not layout.multi_label:
        return {"label_columns": "is for multi_label = true"}
    twice = [column for column in columns if columns.count(column) > 1]
    return {"label_columns": f"{twice[0]!r} is named twice"} if twice else bad_columns(label_columns=columns[0])


def _bad_separator(layout: Layout) -> dict[str, str]:
    """The problem of what is to stand between labels."""
    separator = layout.label_separator
    if separator is None:
        return {}
    if not layout.multi_label:
        return {"label_separator": "is for multi_label = true"}
    return {} if len(separator) == 1 else {"label_separator": f"{separator!r} is not one character"}


def _bad_marks(**marks: str | None) -> dict[str, str]:
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
