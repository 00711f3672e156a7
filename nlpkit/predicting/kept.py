"""Columns that are passed through."""

from __future__ import annotations

from nlpkit.data.reading.formats import LAYOUTS
from nlpkit.data.reading.layout import Folder, Layout
from nlpkit.errors import ConfigError

FILE_COLUMN = "file"  # of a folder: the path of each text's file in it


def check_kept(kept: tuple[str, ...], layout: Layout) -> None:
    """Refuse columns to keep of a format without; a folder has the names of its files."""
    unknown = [name for name in kept if name != FILE_COLUMN]
    if isinstance(layout, Folder) and unknown:
        message = f"a folder has no column {unknown[0]!r} to keep, but {FILE_COLUMN!r} alone"
        raise ConfigError(message, hint="leave it out: the name of each file is in the output anyway")
    if kept and not isinstance(layout, Folder) and not hasattr(layout, "text"):
        *names, last = [name for name, each in LAYOUTS.items() if hasattr(each, "text")]
        hint = f"--id and --keep are for {', '.join(names)} and {last}"
        raise ConfigError(f"{layout.format} has no columns to keep", hint=hint)
