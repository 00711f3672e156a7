"""Run a plugin's code so that whatever it raises is its own failure and not the end of this process.

Nothing else of the process is touched. The command line owns its process, and adds a guard around the code.
"""

from __future__ import annotations

import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

Guard = Callable[[float, list[str]], AbstractContextManager[None]]
_guard: Guard = lambda limit_seconds, changed: nullcontext()  # noqa: E731


@dataclass(frozen=True)
class Outcome:
    """How it went: what the guard put back, and how many threads are left that the process waits for."""

    error: BaseException | None
    seconds: float
    changed: tuple[str, ...]
    threads: int


def guard_plugins(guard: Guard) -> None:
    """Load plugins inside `guard(limit_seconds, changed)`, which adds to `changed` what it puts back."""
    global _guard
    _guard = guard


def isolated(work: Callable[[], None], limit_seconds: float) -> Outcome:
    """Do `work`, which runs a plugin's code, and say how it went.

    Warning filters belong to the process: they are put back where no other thread could have changed them.
    """
    alone, before = threading.active_count() == 1, set(threading.enumerate())
    changed: list[str] = []

    def guarded() -> None:
        with _guard(limit_seconds, changed), warnings.catch_warnings() if alone else nullcontext():
            work()

    start = time.perf_counter()
    error = attempt(guarded)
    seconds = time.perf_counter() - start
    left = [each for each in threading.enumerate() if alone and each not in before and not each.daemon]
    return Outcome(error, seconds, tuple(changed), len(left))


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
