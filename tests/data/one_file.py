"""Reading a file as the command line does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nlpkit.data.reading.layout import layout_of
from nlpkit.data.reading.readers import TextFile, read_file


def read_texts(path: Path, **options: Any) -> TextFile:
    """Read one file, laid out as its name says and the fields of a Layout that are given."""
    return read_file(path, layout_of(path, **options))
