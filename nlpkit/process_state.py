"""What code that is imported may change of the whole process, and how each of it is put back."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

PutBack = Callable[[], bool]  # whether there was something to put back


def keep() -> Callable[[], tuple[str, ...]]:
    """Remember the state of the process; the function given puts it back and says what had changed."""
    kept = {what: remember() for what, remember in _KEPT.items()}
    return lambda: tuple(what for what, put_back in kept.items() if _done(put_back))


def _done(put_back: PutBack) -> bool:
    try:
        return put_back()
    except Exception:  # what cannot be put back must not take the rest along
        return True


def _folder() -> PutBack:
    try:
        before = Path.cwd()
    except OSError:  # it is gone
        return lambda: False

    def put_back() -> bool:
        with suppress(OSError):
            if Path.cwd() == before:
                return False
        os.chdir(before)
        return True

    return put_back


def _environment() -> PutBack:
    """A variable that is new stays, because libraries set some for themselves; but none of ours."""
    before = dict(os.environ)

    def put_back() -> bool:
        altered = {name: value for name, value in before.items() if os.environ.get(name) != value}
        ours = [name for name in os.environ if name.startswith("NLPKIT_") and name not in before]
        os.environ.update(altered)
        for name in ours:
            del os.environ[name]
        return bool(altered or ours)

    return put_back


def _import_path() -> PutBack:
    """A folder that is new goes to the end, where it hides nothing."""
    path, before = sys.path, list(sys.path)

    def put_back() -> bool:
        now = list(sys.path)
        path[:] = [*before, *(folder for folder in now if folder not in before)]
        sys.path = path
        return now != path

    return put_back


def _locale() -> PutBack:
    import locale

    before = locale.setlocale(locale.LC_ALL)

    def put_back() -> bool:
        changed = locale.setlocale(locale.LC_ALL) != before
        if changed:
            locale.setlocale(locale.LC_ALL, before)
        return changed

    return put_back


def _random_state() -> PutBack:
    """Python's, and that of numpy and torch where they are loaded already."""
    import random

    sources: list[tuple[Callable[[], Any], Callable[[Any], object]]] = [(random.getstate, random.setstate)]
    if hasattr(sys.modules.get("numpy.random"), "set_state"):
        numpy_random: Any = sys.modules["numpy.random"]
        sources.append((numpy_random.get_state, numpy_random.set_state))
    if hasattr(sys.modules.get("torch"), "set_rng_state"):
        torch: Any = sys.modules["torch"]
        sources.append((torch.get_rng_state, torch.set_rng_state))
    before = [state() for state, _ in sources]

    def put_back() -> bool:
        changed = False
        for (state, set_state), old in zip(sources, before, strict=True):
            if not _same(state(), old):
                set_state(old)
                changed = True
        return changed

    return put_back


def _same(state: Any, other: Any) -> bool:
    if isinstance(state, tuple):
        return all(map(_same, state, other))
    equal = state == other
    return bool(equal.all() if hasattr(equal, "all") else equal)


def _signal_handlers() -> PutBack:
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}

    def put_back() -> bool:
        changed = {  # None is a handler that Python knows nothing of
            number: handler
            for number, handler in before.items()
            if handler is not None and signal.getsignal(number) is not handler
        }
        for number, handler in changed.items():
            signal.signal(number, handler)
        return bool(changed)

    return put_back


def _streams() -> PutBack:
    """Standard output is for results: until it is put back, it leads to standard error."""
    streams = sys.stdin, sys.stdout, sys.stderr
    _flush(sys.stdout)
    copies: dict[int, int] = {}
    with suppress(OSError):  # a descriptor is closed
        for number in (1, 2):
            copies[number] = os.dup(number)
        os.dup2(2, 1)
    sys.stdout = sys.stderr

    def put_back() -> bool:
        now = sys.stdin, sys.stdout, sys.stderr
        _flush(sys.stdout)
        for number, copy in copies.items():
            os.dup2(copy, number)
            os.close(copy)
        sys.stdin, sys.stdout, sys.stderr = streams
        return now != (streams[0], streams[2], streams[2])

    return put_back


def _flush(stream: Any) -> None:
    with suppress(OSError, ValueError, AttributeError):
        stream.flush()


def _warning_filters() -> PutBack:
    """Without a word: most libraries add some."""
    before = warnings.catch_warnings()
    before.__enter__()

    def put_back() -> bool:
        before.__exit__(None, None, None)
        return False

    return put_back


_KEPT: dict[str, Callable[[], PutBack]] = {
    "the working directory": _folder,
    "the environment": _environment,
    "the import path": _import_path,
    "the locale": _locale,
    "the random state": _random_state,
    "signal handlers": _signal_handlers,
    "the standard streams": _streams,
    "the warning filters": _warning_filters,
}
