"""Code of others, run so that this process outlives it and is afterwards what it was before.

What is survived: any exception, SystemExit and a KeyboardInterrupt of its own making, `os._exit`, a loop or a
sleep without end. What is not: a crash of compiled code, or a call into it that never returns, `os.abort`, a
signal that kills, and what a thread does after the work is over.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

from nlpkit.process_state import keep

PATIENCE = 6  # times the limit for packages that the code imports: a cold disk is no fault of its author
NEEDED = {"nlpkit", "numpy", "safetensors", "scipy", "sklearn", "torch"}
TICKS = 20  # in the limit: so often it is looked what the code is doing
clock = time.monotonic
_STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class CutOff(BaseException):  # no `except Exception` of the code holds it up
    """The code took too long."""


class ProcessExit(BaseException):
    """The code called `os._exit`."""


@dataclass(frozen=True)
class Outcome:
    """What came of it: `changed` is what had to be put back, `threads` are left that a process waits for."""

    error: BaseException | None
    seconds: float
    changed: tuple[str, ...]
    threads: int


def isolated(work: Callable[[], None], package: str, limit_seconds: float) -> Outcome:
    """Do `work`, which runs code of the top-level `package`, and put back what it changes of the process.

    Its standard output goes to standard error. It is cut off after `limit_seconds` of its own, or PATIENCE
    times as many with the imports of other packages. Those of what nlpkit needs do not count and are waited
    for: a half-imported torch cannot be imported again. Nothing is cut off on Windows or off the main thread.
    What a signal raises, as after Ctrl-C, is no failure of the code and is raised.
    """
    threads = set(threading.enumerate())
    guard = _Guard(package, limit_seconds)
    put_back = keep()
    start = time.perf_counter()
    error: BaseException | None = None
    try:
        guard.watch(work)
    except BaseException as raised:
        error = raised
    seconds = time.perf_counter() - start
    changed = put_back()
    if guard.stop:
        raise guard.stop
    left = [thread for thread in threading.enumerate() if thread not in threads and not thread.daemon]
    return Outcome(guard.exit or error, seconds, changed, len(left))


class _Guard:
    """Stands between the code and the ways to take the process away."""

    def __init__(self, package: str, limit_seconds: float) -> None:
        self.package = package
        self.limit_seconds = limit_seconds
        self.own_seconds = 0.0  # in which no other package is imported
        self.all_seconds = 0.0  # without those of NEEDED
        self.exit: ProcessExit | None = None
        self.stop: BaseException | None = None  # what a signal raised, even where the code has caught it

    def watch(self, work: Callable[[], None]) -> None:
        leave, process = os._exit, os.getpid()

        def refuse(status: int) -> NoReturn:
            if os.getpid() != process or self.stop:  # what the code has forked may leave, and so may we
                leave(status)
            self.exit = ProcessExit(f"it calls os._exit({status})")
            raise self.exit

        os._exit = refuse
        try:
            self._watch_signals(work)
        finally:
            os._exit = leave

    def _watch_signals(self, work: Callable[[], None]) -> None:
        if threading.current_thread() is not threading.main_thread():
            work()  # signals reach the main thread alone
            return
        before = {number: signal.getsignal(number) for number in _STOPPING}
        ours = {number: self._heard(handler) for number, handler in before.items() if callable(handler)}
        for number, handler in ours.items():
            signal.signal(number, handler)
        try:
            self._watch_clock(work)
        finally:
            for number, handler in ours.items():
                if signal.getsignal(number) is handler:
                    signal.signal(number, before[number])

    def _heard(self, handler: Callable[[int, FrameType | None], Any]) -> Callable[..., Any]:
        def hear(number: int, frame: FrameType | None) -> Any:
            try:
                return handler(number, frame)
            except BaseException as stop:
                self.stop = stop
                raise

        return hear

    def _watch_clock(self, work: Callable[[], None]) -> None:
        if not hasattr(signal, "setitimer"):  # Windows
            work()
            return
        since = self._last = clock()
        tick = self.limit_seconds / TICKS
        before = signal.signal(signal.SIGALRM, self._tick)
        remaining, interval = signal.setitimer(signal.ITIMER_REAL, tick, tick)
        try:
            work()
        finally:
            later = max(remaining - (clock() - since), 1e-3) if remaining else 0.0
            signal.setitimer(signal.ITIMER_REAL, later, interval)
            signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if frame is None or frame.f_globals is globals():
            return  # the code is not running, and nothing must fail in ours
        now = clock()
        passed, self._last = now - self._last, now
        importing = set()
        while frame and frame.f_globals is not globals():
            if frame.f_code.co_name == "<module>":
                importing.add(str(frame.f_globals.get("__name__")).partition(".")[0])
            frame = frame.f_back
        if importing & NEEDED:
            return
        self.all_seconds += passed
        if not importing - {self.package}:
            self.own_seconds += passed
        if self.own_seconds >= self.limit_seconds or self.all_seconds >= PATIENCE * self.limit_seconds:
            limit = f"NLPKIT_PLUGIN_SECONDS={self.limit_seconds:g}"
            raise CutOff(f"not done after {self.all_seconds:.1f} s ({limit})")
