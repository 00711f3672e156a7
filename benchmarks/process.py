"""One measurement: a fresh process with a job, and what it printed and took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import environment

LIMIT_SECONDS = 1_200.0
ROOT = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A process that failed; says how."""


@dataclass(frozen=True)
class Outcome:
    """What a process printed, the seconds from its start to its end, and its peak memory."""

    events: list[dict[str, Any]]
    wall_seconds: float
    peak_bytes: int


def measured(
    command: Callable[[float], Sequence[str]], *, limit_seconds: float = LIMIT_SECONDS, root: Path = ROOT
) -> Outcome:
    """Start a process and wait for it. `command` is told when the process starts (seconds since 1970).

    Failed with the end of its stderr where it fails or takes too long. Caches are fresh and go afterwards.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        variables = environment(Path(folder))
        started_at, started = time.time(), time.perf_counter()
        process = subprocess.Popen(
            command(started_at), cwd=root, stdout=out, stderr=err, env=variables, start_new_session=True
        )
        late = threading.Timer(limit_seconds, _end, [process.pid])
        late.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _end(process.pid)
            raise
        finally:
            late.cancel()
        wall_seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise Failed(_reason(process.returncode, err.read().decode("utf-8", "replace"), limit_seconds))
        return Outcome(
            events=_events(out.read().decode("utf-8", "replace")),
            wall_seconds=wall_seconds,
            peak_bytes=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        )


def _end(pid: int) -> None:
    """End the process and those it started: they are a session of their own."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _events(printed: str) -> list[dict[str, Any]]:
    """The measurements among the lines; libraries print others."""
    return [json.loads(line) for line in printed.split("\n") if line.startswith('{"event":')]


def _reason(code: int, stderr: str, limit_seconds: float) -> str:
    if code == -signal.SIGKILL:
        return f"ended after {limit_seconds:.0f} s, or for want of memory"
    said = [line.strip() for line in stderr.split("\n") if line.strip()]
    return f"exit code {code}: {said[-1] if said else 'nothing on stderr'}"[:300]
