"""What the command line puts around a plugin while it loads: the process is its own, and has one thread.

What is survived: `os._exit`, a loop or a sleep without end, a change to the process. What is not: a crash of
compiled code, or a call into it that never returns, `os.abort`, a signal that kills, and what a thread does
after the load is over.
"""

from __future__ import annotations

import locale
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from nlpkit.cli import stopping
from nlpkit.plugins import isolation

PATIENCE = 6  # times the limit for packages that the code imports: a cold disk is no fault of its author
NEEDED = {"nlpkit", "numpy", "safetensors", "scipy", "sklearn", "torch"}
TICKS = 20  # in the limit: so often it is looked what the code is doing
clock = time.monotonic


class CutOff(BaseException):  # no `except Exception` of the code holds it up
    """The code took too long."""


class ProcessExit(BaseException):
    """The code called `os._exit`."""


@contextmanager
def guarded(package: str, limit_seconds: float) -> Iterator[list[str]]:
    """Keep the process through code of the top-level `package`, and give what had to be put back.

    The code is cut off after `limit_seconds` of its own, or PATIENCE times as many with the imports of other
    packages. Those of what nlpkit needs do not count and are waited for: a half-imported torch cannot be
    imported again. Nothing is cut off on Windows. Beside another thread nothing is done at all.
    """
    changed: list[str] = []
    if threading.active_count() > 1:
        yield changed
        return
    try:
        with stdout_for_results(), _put_back(changed), _not_left(), _in_time(package, limit_seconds):
            yield changed
    finally:
        if stopping.stopped:  # even where the code has caught it
            raise stopping.stopped


@contextmanager
def stdout_for_results() -> Iterator[None]:
    """Standard output leads to standard error meanwhile, down to the descriptor."""
    streams = sys.stdin, sys.stdout, sys.stderr
    copies: dict[int, int] = {}
    with suppress(OSError, ValueError):  # one of them is closed
        sys.stdout.flush()
        copies = {number: os.dup(number) for number in (1, 2)}
        os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        with suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
        for number, copy in copies.items():
            os.dup2(copy, number)
            os.close(copy)
        sys.stdin, sys.stdout, sys.stderr = streams


@contextmanager
def _put_back(changed: list[str]) -> Iterator[None]:
    """Look at the process before and after, and add to `changed` what has been put back."""
    before = {what: _looked(look) for what, (look, _) in _KEPT.items()}
    try:
        yield
    finally:
        for what, (look, put_back) in _KEPT.items():
            now = _looked(look)
            with suppress(Exception):  # what cannot be put back takes nothing along
                put_back(before[what])
                if _looked(look) != now:
                    changed.append(what)


def _looked(look: Callable[[], Any]) -> Any:
    with suppress(OSError):  # the working directory is gone
        return look()
    return None


def _set_environment(before: dict[str, str]) -> None:
    """A variable that is new stays, because libraries set some for themselves; but none of ours."""
    for name in [name for name in os.environ if name.startswith("NLPKIT_") and name not in before]:
        del os.environ[name]
    os.environ.update(before)


def _set_import_path(before: tuple[list[str], list[str]]) -> None:
    """A folder that is new goes to the end, where it hides nothing."""
    path, folders = before
    path[:] = [*folders, *(folder for folder in sys.path if folder not in folders)]
    sys.path = path


def _set_handlers(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) is not handler:  # None: set by compiled code
            signal.signal(number, handler)


_KEPT: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "the working directory": (os.getcwd, os.chdir),
    "the environment": (lambda: dict(os.environ), _set_environment),
    "the import path": (lambda: (sys.path, list(sys.path)), _set_import_path),
    "the locale": (lambda: locale.setlocale(locale.LC_ALL), lambda it: locale.setlocale(locale.LC_ALL, it)),
    "signal handlers": (lambda: {n: signal.getsignal(n) for n in signal.valid_signals()}, _set_handlers),
}


@contextmanager
def _not_left() -> Iterator[None]:
    """Make `os._exit` an error, except in processes that the code forks."""
    leave, process = os._exit, os.getpid()
    exits: list[ProcessExit] = []

    def refuse(status: int) -> NoReturn:
        if os.getpid() != process:
            leave(status)
        exits.append(ProcessExit(f"it calls os._exit({status})"))
        raise exits[-1]

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = leave
        if exits:
            raise exits[0]


@contextmanager
def _in_time(package: str, limit_seconds: float) -> Iterator[None]:
    """Look at every tick what the code is doing, and cut it off, again and again where it catches that."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    since = last = clock()
    counted = 0.0

    def tick(number: int, frame: FrameType | None) -> None:
        nonlocal last, counted
        importing = _importing(frame)
        if importing is None:
            return
        now = clock()
        passed, last = now - last, now
        if not importing & NEEDED:
            counted += passed / PATIENCE if importing - {package} else passed
        if counted >= limit_seconds:
            seconds, limit = last - since, f"NLPKIT_PLUGIN_SECONDS={limit_seconds:g}"
            raise CutOff(f"not done after {seconds:.1f} s ({limit})")

    before = signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, limit_seconds / TICKS, limit_seconds / TICKS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)


def _importing(frame: FrameType | None) -> set[str] | None:
    """The packages that the code imports now; None where it does not run, and nothing must fail in ours."""
    found, inner = set(), ""
    while frame and frame.f_globals.get("__name__") != isolation.__name__:
        inner = str(frame.f_globals.get("__name__"))
        if frame.f_code.co_name == "<module>":
            found.add(inner.partition(".")[0])
        frame = frame.f_back
    return None if frame is None or inner in ("", "contextlib") else found
