"""The same work on several cores, in processes forked from this one: they see its memory as it was.

Nothing is pickled and no module is imported a second time, so that any function will do, a plugin's as well.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from mmap import ACCESS_READ, mmap
from typing import BinaryIO, NoReturn


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether processes can be forked here; not on Windows, and on macOS its own libraries forbid it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def in_parts(work: Callable[[int, BinaryIO], None], parts: int) -> list[mmap | bytes]:
    """What `work(part, file)` writes for each part from 0, each in a process of its own, part 0 in this one.

    A part whose process fails is worked on again in this process, so that its error is raised here.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(parts)]
        children = {}
        for part in range(1, parts):
            children[part] = Child(partial(_write, work, part, files[part]))
            stack.callback(children[part].stop)
        _write(work, 0, files[0])
        for part, child in children.items():
            if not child.finished():
                _write(work, part, files[part])
        return [_content(file) for file in files]


def _write(work: Callable[[int, BinaryIO], None], part: int, file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()
    work(part, file)
    file.flush()


class Child:
    """A process that does some work and ends; where none can be forked it has failed already."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.process = 0
        if not can_fork():
            return
        for stream in (sys.stdout, sys.stderr):  # or what they hold would be written twice
            with suppress(OSError, ValueError):
                stream.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads; the child starts none
            self.process = os.fork()
        if not self.process:
            _end_after(work)

    def finished(self) -> bool:
        """Wait for the end of it; whether all went well."""
        if not self.process:
            return False
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        return status == 0

    def alive(self) -> bool:
        """Whether it is still at work."""
        if not self.process:
            return False
        ended, _ = os.waitpid(self.process, os.WNOHANG)
        if ended:
            self.process = 0
        return not ended

    def stop(self) -> None:
        """End it now, if it has not ended."""
        if self.process:
            with suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            self.finished()


def _end_after(work: Callable[[], None]) -> NoReturn:
    """Do the work in the child, and leave without what the parent has still to tidy up."""
    code = 1
    try:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_DFL)
        work()
        code = 0
    finally:
        os._exit(code)


def _content(file: BinaryIO) -> mmap | bytes:
    size = file.seek(0, os.SEEK_END)
    return mmap(file.fileno(), size, access=ACCESS_READ) if size else b""
