"""Reading a file as the command line does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.readers import TextFile, read_file


def read_texts(path: Path, *, format: str | None = None, labelled: bool = True, **settings: Any) -> TextFile:
    """Read one file, laid out as its name says and the settings that are given."""
    return read_file(path, layout_of(path, settings, format=format), Asked(label=labelled))
