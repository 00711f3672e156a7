"""Run a plugin's code so that whatever it raises is its own failure and not the end of this process.

What a plugin does besides raising is found out in another process, before it comes here: see `judging`.
"""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Guard = Callable[[], AbstractContextManager[None]]
_guard: Guard = nullcontext
_tell: Callable[[str], object] = len  # which nobody hears


def guard_plugins(guard: Guard, tell: Callable[[str], object]) -> None:
    """Load plugins inside `guard()`, as the command line does, whose standard output is for results, and
    `tell` who waits for them what for.
    """
    global _guard, _tell
    _guard, _tell = guard, tell


def tell_who_waits(sentence: str) -> None:
    """Say what takes long, if anybody asked for that."""
    _tell(sentence)


def guarded(work: Callable[[], None]) -> BaseException | None:
    """Do `work`, which loads a plugin, and return the error it fails with."""

    def inside() -> None:
        with _guard():
            work()

    return attempt(inside)


def attempt(work: Callable[[], object]) -> BaseException | None:
    """Do `work`, and return the error it fails with; what Ctrl-C or a signal handler raises is raised."""
    try:
        work()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or _from_handler(error):
            raise
        return error
    return None


def _from_handler(error: BaseException) -> bool:
    handlers = {getattr(signal.getsignal(number), "__code__", None) for number in signal.valid_signals()}
    return any(frame.f_code in handlers for frame, _ in traceback.walk_tb(error.__traceback__))


def in_words(error: BaseException) -> str:
    """An error in one line, even if it cannot describe itself."""
    try:
        said = str(error)
    except Exception:  # its __str__ is a plugin's code as well
        said = ""
    return " ".join(f"{type(error).__name__}: {said}".split())[:300].rstrip(": ")
