"""What the command line puts around a plugin while it loads.

nlpkit survives a plugin that calls `os._exit`, hangs, or changes the process. It does not survive a crash of
compiled code, a call into it that never returns, `os.abort`, or a signal that kills.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from nlpkit.cli import stopping

NEEDED = {"nlpkit", "numpy", "safetensors", "scipy", "sklearn", "torch"}


class CutOff(BaseException):  # BaseException: no `except Exception` of the code holds it up
    """The code took too long."""


class ProcessExit(BaseException):
    """The code tried to end the process."""


@contextmanager
def guarded(limit_seconds: float, changed: list[str]) -> Iterator[None]:
    """Keep the process as it is while a plugin's code runs, and add to `changed` what had to be put back.

    The code is cut off after `limit_seconds`, except on Windows. Beside another thread nothing is done.
    """
    if threading.active_count() > 1:
        yield
        return
    try:
        with stdout_for_results(), _put_back(changed), _not_left(), _in_time(limit_seconds):
            yield
    except KeyboardInterrupt as error:
        if stopping.stopped is None:  # the code's own, and not of a signal
            raise ProcessExit("it raises KeyboardInterrupt").with_traceback(error.__traceback__) from None
    finally:
        if stopping.stopped:  # even if the code has caught it
            raise stopping.stopped


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


@contextmanager
def _put_back(changed: list[str]) -> Iterator[None]:
    """Put back the working directory, the environment and signal handlers.

    New variables stay, because libraries set some for themselves, but none of nlpkit's.
    """
    folder, environment = _current_folder(), dict(os.environ)
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    try:
        yield
    finally:
        with suppress(OSError):  # it is gone
            if folder and _current_folder() != folder:
                os.chdir(folder)
                changed.append("the working directory")
        new = {name: value for name, value in os.environ.items() if not name.startswith("NLPKIT_")}
        if os.environ != (kept := new | environment):
            os.environ.clear()
            os.environ.update(kept)
            changed.append("the environment")
        theirs = [number for number in handlers if signal.getsignal(number) is not handlers[number]]
        for number in theirs:
            signal.signal(number, handlers[number] or signal.SIG_DFL)  # None: set by compiled code
        changed += ["signal handlers"] if theirs else []


def _current_folder() -> Path | None:
    with suppress(OSError):
        return Path.cwd()
    return None


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
def _in_time(limit_seconds: float) -> Iterator[None]:
    """Cut the code off after its limit, again and again if it catches that.

    Imports of what nlpkit needs itself are waited for: a half-imported torch cannot be imported again.
    """
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return

    def alarm(number: int, frame: FrameType | None) -> None:
        if frame and _module(frame) not in (__name__, "contextlib") and not _importing_needed(frame):
            raise CutOff(f"not done after {limit_seconds:g} s; NLPKIT_PLUGIN_SECONDS sets another limit")

    before = signal.signal(signal.SIGALRM, alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, limit_seconds, limit_seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)


def _importing_needed(frame: FrameType) -> bool:
    return any(
        each.f_code.co_name == "<module>" and _module(each).partition(".")[0] in NEEDED
        for each, _ in traceback.walk_stack(frame)
    )


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))
