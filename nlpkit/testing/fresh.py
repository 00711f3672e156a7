"""A function in a Python process of its own: nothing imported before, other hashes, and an end to its time.

It is sent there by pickle, which runs code: what is sent is on trial in this process anyway.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nlpkit.plugins.isolation import in_words
from nlpkit.testing.promises import BrokenPromise, Skipped

WALL_SECONDS = 120  # of all, on a busy machine

_SERVE = "from nlpkit.testing.fresh import _serve; _serve()"


class CannotImport(Exception):
    """What is sent is defined where another process does not find it."""


class OutOfTime(Exception):
    """The function was stopped; `told` is what it had told until then."""

    def __init__(self, told: list[Any]) -> None:
        super().__init__("it has not come to an end")
        self.told = told


def in_fresh_process(
    function: Callable[..., Any], *arguments: Any, tells: bool = False, cpu_seconds: int = 60
) -> Any:
    """What the function gives for the arguments, as JSON has it.

    With `tells` it is also given a function that it tells something on its way; `OutOfTime` has all of that.
    CannotImport where it cannot be found there; RuntimeError with what it raised, or how it died.
    """
    message = pickle.dumps((function, arguments, tells, cpu_seconds))
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    places = [place or os.curdir for place in sys.path]
    with tempfile.TemporaryFile() as answers:
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _SERVE],
            stdin=subprocess.PIPE,
            stdout=answers,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONHASHSEED": seed},
        )
        try:
            with suppress(subprocess.TimeoutExpired):
                child.communicate(message, timeout=WALL_SECONDS)
        finally:
            child.kill()
            code = child.wait()
        answers.seek(0)
        lines = [json.loads(line) for line in answers.read().split(b"\n") if line.endswith(b"]")]
    return _result(lines, code)


def elsewhere_of(work: Callable[..., Any], *given: object, **limits: Any) -> Any:
    """What work gives in a fresh process; Skipped where it cannot be sent there, and a broken promise where
    it raises there.
    """
    try:
        return in_fresh_process(work, *given, **limits)
    except CannotImport as error:
        raise Skipped(f"another process cannot import it ({error})") from error
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise Skipped(f"it cannot be pickled ({in_words(error)})") from error
    except RuntimeError as error:
        raise BrokenPromise(f"in another process it raises {error}") from error


def _result(lines: list[Any], code: int) -> Any:
    last, value = lines[-1] if lines else ("nothing", None)
    if last == "gives":
        return value
    if last == "cannot import":
        raise CannotImport(value)
    if last == "raises":
        raise RuntimeError(value)
    if code in (-9, 1):  # killed by the limit, by the kernel's or by ours; 1 is what Windows says
        raise OutOfTime([value for what, value in lines if what == "told"])
    raise RuntimeError(f"the process ended with code {code}")


def _serve() -> None:
    """In the other process: one piece of work from stdin, and its lines to stdout."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a plugin prints is no answer

    def answer(what: str, value: Any) -> None:
        answers.write(json.dumps([what, value]) + "\n")
        answers.flush()

    try:
        function, arguments, tells, cpu_seconds = pickle.load(sys.stdin.buffer)  # noqa: S301
    except (ImportError, AttributeError) as error:
        answer("cannot import", f"{type(error).__name__}: {error}")
        return
    _limit_time(cpu_seconds)
    try:
        tell = [lambda value: answer("told", value)] if tells else []
        answer("gives", function(*arguments, *tell))
    except ImportError as error:
        answer("cannot import", f"{type(error).__name__}: {error}")
    except Exception as error:
        answer("raises", f"{type(error).__name__}: {error}")


def _limit_time(cpu_seconds: int) -> None:
    """The kernel ends the process when it has computed for too long, however busy the machine is."""
    try:
        import resource
    except ImportError:  # Windows has the time on the wall alone
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
