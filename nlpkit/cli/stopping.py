"""Signals that ask the program to stop: the first one lets it tidy up, and one that comes seconds later ends
it at once. Those in between are the first one once more, from an impatient key or to a whole group.
"""

from __future__ import annotations

import os
import signal
import time
from types import FrameType
from typing import Final

from nlpkit.system.stopping import hold

_SAME_SECONDS: Final = 3.0

_listened: set[int] = set()
stopped: Stopped | None = None  # also when other code has caught it


class Stopped(KeyboardInterrupt):
    """A signal asks us to stop; what is half-done is tidied up on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def listen() -> None:
    """Stop at the signals that ask for it, except those that are ignored, as under nohup."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
            _listened.add(number)


def leave() -> None:
    """Ignore what is said once more to a program that has stopped and tidied up: it is on its way out."""
    for number in _listened if stopped else ():
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> None:
    global stopped
    since = time.monotonic()

    def again(number: int, frame: FrameType | None) -> None:
        if time.monotonic() - since > _SAME_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    for each in _listened:
        signal.signal(each, again)
    stopped = Stopped(number)
    if not hold(stopped):
        raise stopped
