"""A file that is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nlpkit.errors import StorageError


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 file to write; it gets its name when all of it is on the disk."""
    partial = path.with_name(f".{path.name[:200]}.partial-{os.getpid()}")
    try:
        with partial.open("x", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"cannot be written: {reason}", location=str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
