"""How files of texts are laid out: a class for each format, whose fields are the settings of reading it.

A dataset of files inherits one of them, a model remembers the one it was trained from, and the command line
has an option for every field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from nlpkit.data.reading.allowed import (
    Column as Column,
)
from nlpkit.data.reading.allowed import (
    bad_label_columns,
    bad_marks,
    bad_names,
    bad_separator,
    encoding_problem,
)
from nlpkit.settings.checks import Settings
from nlpkit.settings.values import refuse, whole

MAX_CHARS = 1_000_000

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
        refuse(
            whole(1, 2**31 - 1, max_chars=self.max_chars),
            bad_separator(self.label_separator, multi_label=self.multi_label),
        )


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
        refuse(
            bad_names(self.text, self.label),
            bad_label_columns(self.label_columns, multi_label=self.multi_label),
        )


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
            bad_names(self.text, self.label),
            bad_label_columns(self.label_columns, multi_label=self.multi_label),
            bad_marks(
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
