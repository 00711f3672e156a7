"""The formats by their names and by the endings of files, and the layout that a file has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from nlpkit.data.reading.layout import (
    ArrowLayout,
    ClassFilesLayout,
    CsvLayout,
    FastTextLayout,
    Folder,
    FoldersLayout,
    JsonLayout,
    JsonlLayout,
    LabelTextLayout,
    Layout,
    ParquetLayout,
    Table,
    TsvLayout,
    TxtLayout,
    by_place,
)
from nlpkit.data.reading.notes import printable
from nlpkit.data.reading.source.compressed import require_text, without_packing
from nlpkit.data.reading.source.files import FOLDER_HINT, is_folder
from nlpkit.data.reading.source.folder import is_run, listed
from nlpkit.data.reading.source.magic import format_set
from nlpkit.data.reading.tables.dialect import written
from nlpkit.errors import ConfigError, DataError, SettingsError, did_you_mean

LAYOUTS: dict[str, type[Layout]] = {
    each.format: each
    for each in (
        CsvLayout,
        TsvLayout,
        JsonlLayout,
        JsonLayout,
        ParquetLayout,
        ArrowLayout,
        FastTextLayout,
        LabelTextLayout,
        TxtLayout,
        FoldersLayout,
        ClassFilesLayout,
    )
}
_ENDINGS = {ending: layout.format for layout in LAYOUTS.values() for ending in layout.endings}
_OF_SEVERAL = ("label_separator", "label_columns")  # where a text has any number of labels
# by the layouts of all formats that have them
_SHARED = ("text", "label", "label_type", "multi_label", *_OF_SEVERAL, "max_chars")


def known_ending(path: Path) -> bool:
    """Whether the ending of a name says a format."""
    return without_packing(path).suffix.lower() in _ENDINGS


def is_text(path: Path) -> bool:
    """Whether a file is text, by how it begins."""
    try:
        require_text(path)
    except DataError:
        return False
    return True


def folder_format(path: Path) -> str:
    """The format of a folder, by whether there are folders in it."""
    if is_run(path):
        raise DataError("this is a run folder, with a model and no texts", location=str(path))
    folders, files = listed(path)
    if experiment := next((name for name in files if name.endswith(".toml")), ""):
        raise DataError(
            f"this folder has experiments in it, such as {printable(experiment)}",
            hint="name one of them; nlpkit run also takes a folder of experiments and nothing else; "
            f"if these are texts, name the format: {FoldersLayout.format} or {ClassFilesLayout.format}",
            location=str(path),
        )
    return (FoldersLayout if folders else ClassFilesLayout).format


def format_of(path: Path) -> str:
    """The format that the ending of a name says, before .gz, .bz2 or .xz.

    >>> format_of(Path("train.jsonl.xz"))
    'jsonl'
    """
    ending = without_packing(path).suffix.lower()
    if is_folder(path):
        raise DataError("this is a folder, not a file", hint=FOLDER_HINT, location=str(path))
    if ending not in _ENDINGS:
        require_text(path)
        raise DataError(
            f"the ending {ending!r} does not say what format this is" if ending else "the name has no ending",
            hint=f"name the format: {format_set()}; or end the name in one of {' '.join(_ENDINGS)}",
            location=str(path),
        )
    return _ENDINGS[ending]


def layout_of(
    path: Path,
    given: Mapping[str, Any],
    *,
    format: str | None = None,
    known: Layout | None = None,
    labelled: bool = False,
) -> Layout:
    """The layout of a file: its `format` or what its name says, with the settings that are `given`.

    Others are as in the layout that is `known`, which is that of files before it: all where the format is the
    same, else the columns. A name that says no format leaves that as it was. So does that of a folder, and
    .txt where the file is `labelled`, since a file of mere texts is not.
    """
    cls = LAYOUTS[format or _format(path, known, labelled)]
    if known is None:
        values = {}
    elif type(known) is cls:
        values = dict(vars(known))
    else:
        values = {name: getattr(known, name) for name in _SHARED if hasattr(known, name)}
        values = {name: value for name, value in values.items() if _fits(cls, name, value)}
    if given.get("multi_label") is False:
        values = {name: value for name, value in values.items() if name not in _OF_SEVERAL}
    if any(by_place(column) for column in (*given.get("text", ()), given.get("label", ""))):
        values.pop("header", None)  # which was that of names
    return _made(cls, {**values, **given})


def settings_of_format(cls: type[Layout]) -> list[str]:
    """The names of its settings."""
    return [each.name for each in fields(cls)]


def _fits(cls: type[Layout], name: str, value: Any) -> bool:
    """Whether a format has this setting, with such a value: columns have numbers in tables alone."""
    columns = () if name in ("max_chars", "multi_label") or issubclass(cls, Table) else value
    by_number = any(isinstance(each, int) for each in (columns if isinstance(columns, tuple) else (columns,)))
    return name in settings_of_format(cls) and not by_number


def _format(path: Path, known: Layout | None, labelled: bool) -> str:
    if known is None:
        return format_of(path)
    if isinstance(known, Folder) and is_folder(path):
        return known.format
    says = format_of(path) if known_ending(path) else known.format
    return known.format if labelled and says == TxtLayout.format else says


def _made(cls: type[Layout], values: Mapping[str, Any]) -> Layout:
    names = settings_of_format(cls)
    for name in values:
        if name not in names:
            columns = name in ("text", "label") and cls.columns
            raise ConfigError(
                f"{written({name: values[name]})} is not for {cls.format} files",
                hint=f"{columns}: leave {name} out" if columns else did_you_mean(name, names),
            )
    try:
        return cls(**values)
    except SettingsError as error:
        raise ConfigError(error.message, problems=error.problems) from None


def layout_table(layout: Layout) -> dict[str, Any]:
    """A layout as a table: its format and the settings that are not its defaults."""
    defaults = vars(type(layout)())
    changed = {name: value for name, value in vars(layout).items() if value != defaults[name]}
    return {"format": layout.format, **changed}


def layout_from(table: Any) -> Layout:
    """The layout of a table; ValueError where it is none."""
    if not isinstance(table, dict) or table.get("format") not in LAYOUTS:
        raise ValueError("this is no layout of files")
    return LAYOUTS[table["format"]](**{str(name): value for name, value in table.items() if name != "format"})
