"""What the command line puts around the code of plugins: stdout is for results, and a signal stops us."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

from nlpkit.cli import stopping


@contextmanager
def guarded() -> Iterator[None]:
    """Around a plugin while it loads: as when it was tried, it reads nothing."""
    try:
        with stdout_for_results(), _stdin_empty():
            yield
    finally:
        if stopping.stopped:  # even if the code has caught it
            raise stopping.stopped


@contextmanager
def _stdin_empty() -> Iterator[None]:
    """Standard input is for texts, and nobody is asked: whoever reads it finds its end."""
    copy = None
    with suppress(OSError):  # it is closed
        copy = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
    try:
        yield
    finally:
        if copy is not None:
            os.dup2(copy, 0)
            os.close(copy)


@contextmanager
def stdout_for_results() -> Iterator[None]:
    """Send what is written to standard output to standard error instead, down to the descriptor."""
    copy = None
    with suppress(OSError, ValueError):  # one of them is closed
        sys.stdout.flush()
        copy = os.dup(1)
        os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if copy is not None:
            os.dup2(copy, 1)
            os.close(copy)
