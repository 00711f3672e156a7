"""A folder that several machines may try to write at once, and that one of them writes."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from nlpkit.system.atomic import flush, writing

_THERE: Final = (errno.EEXIST, errno.ENOTEMPTY)


@contextmanager
def attempt(path: Path) -> Iterator[Path]:
    """Give a folder to write into, which gets its name when all of it is on the disk. Where another process,
    perhaps of another machine, was first, that one's stays. After an error nothing is left.
    """
    hidden = path.with_name(f".{path.name}-{uuid4().hex}")
    with writing(path):
        hidden.mkdir()
    try:
        yield hidden
        with writing(path):
            flush(hidden)
            try:
                hidden.rename(path)
            except OSError as error:
                if error.errno not in _THERE:
                    raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
