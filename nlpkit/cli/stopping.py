"""Signals that ask the program to stop: the first one lets it tidy up, a second one ends it at once."""

from __future__ import annotations

import signal
from types import FrameType

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


def _stop(number: int, frame: FrameType | None) -> None:
    global stopped
    signal.signal(number, signal.SIG_DFL)
    stopped = Stopped(number)
    raise stopped
