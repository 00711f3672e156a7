"""A signal that asks the program to stop, held back for a moment until there is a good place to stop at."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

_SECONDS: Final = 1.5  # that a signal waits, at the most

_holders = 0
_asked: BaseException | None = None


@contextmanager
def held_back() -> Iterator[None]:
    """Inside, a signal that asks to stop waits for `stop_here`, if not for long."""
    global _holders
    _holders += 1
    try:
        yield
        stop_here()
    finally:
        _holders -= 1


def hold(stop: BaseException) -> bool:
    """Whether a signal is held back, to be raised later as this."""
    global _asked
    in_main = threading.current_thread() is threading.main_thread()
    if not _holders or not hasattr(signal, "setitimer") or not in_main:
        return False
    _asked = stop
    signal.signal(signal.SIGALRM, _too_late)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    return True


def is_asked() -> bool:
    """Whether a signal is held back now."""
    return _asked is not None


def stop_here() -> None:
    """Raise what was held back."""
    if _asked is not None:
        _raise()


def _too_late(number: int, frame: FrameType | None) -> None:
    stop_here()


def _raise() -> NoReturn:
    global _asked
    stop, _asked = _asked, None
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise stop or KeyboardInterrupt
