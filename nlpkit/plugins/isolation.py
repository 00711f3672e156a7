"""Code of others, run so that whatever it raises is its own failure and not the end of this process.

Nothing else of the process is touched. `guard_plugins` is for a program that owns its process, as the command
line does, and wants more around the code.
"""

from __future__ import annotations

import signal
import threading
import time
import warnings
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from opcode import opmap

_RAISE = opmap["RAISE_VARARGS"]
Guard = Callable[[str, float], AbstractContextManager[Collection[str]]]
_guard: Guard = lambda package, limit_seconds: nullcontext(())  # noqa: E731


@dataclass(frozen=True)
class Outcome:
    """What came of it: `changed` is what the guard put back, `threads` are left that a process waits for."""

    error: BaseException | None
    seconds: float
    changed: tuple[str, ...]
    threads: int


def guard_plugins(guard: Guard) -> None:
    """Load plugins inside `guard(package, limit_seconds)` from now on, which gives what it has put back."""
    global _guard
    _guard = guard


def isolated(work: Callable[[], None], package: str, limit_seconds: float) -> Outcome:
    """Do `work`, which runs code of the top-level `package`, and say how it went.

    Warning filters are put back where no other thread could have changed them: they belong to the process.
    """
    before = set(threading.enumerate())
    alone = threading.active_count() == 1
    changed: Collection[str] = ()

    def guarded() -> None:
        nonlocal changed
        filters = warnings.catch_warnings() if alone else nullcontext()
        with _guard(package, limit_seconds) as changed, filters:
            work()

    start = time.perf_counter()
    error = attempt(guarded, package)
    seconds = time.perf_counter() - start
    left = [each for each in threading.enumerate() if alone and each not in before and not each.daemon]
    return Outcome(error, seconds, tuple(changed), len(left))


def attempt(work: Callable[[], object], package: str = "") -> BaseException | None:
    """Do `work`; the error that it failed with. What a signal raises, as after Ctrl-C, is raised here.

    A KeyboardInterrupt is the code's own failure only where a line of `package` says `raise`.
    """
    try:
        work()
    except BaseException as error:
        if _interrupts(error, package):
            raise
        return error
    return None


def _interrupts(error: BaseException, package: str) -> bool:
    """Whether a signal has raised this: a handler written in Python is in the traceback, the one that Python
    has for Ctrl-C leaves the line that it interrupted, and no line is interrupted while it raises.
    """
    handlers = {getattr(signal.getsignal(number), "__code__", None) for number in signal.valid_signals()}
    handled, place = False, error.__traceback__
    while place:
        frame = place.tb_frame
        handled = handled or frame.f_code in handlers
        own = belongs(frame.f_globals, package) and frame.f_code.co_code[place.tb_lasti] == _RAISE
        place = place.tb_next
    return handled or (isinstance(error, KeyboardInterrupt) and not own)


def belongs(module: dict[str, object], package: str) -> bool:
    """Whether a module, by its names, is part of a top-level package."""
    return str(module.get("__name__")).partition(".")[0] == package


def in_words(error: BaseException) -> str:
    """An error in one line, also where it cannot say what it is."""
    try:
        said = str(error)
    except Exception:  # code of others as well
        said = ""
    return " ".join(f"{type(error).__name__}: {said}".split())[:300].rstrip(": ")
