"""What a plugin leaves in the process it was loaded into: forks, processes, threads and modules."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType

_leave = os._exit  # a plugin changes it
THREAD_SECONDS = 0.5  # for threads to end that do a little at the start
_SUBREAPER = 36  # of prctl in Linux
LEFT = "it leaves a process running when it is imported: start processes where build() needs them"


class Leftovers:
    """Made before a plugin is loaded, and asked afterwards."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._modules, self._threads, self._forks = set(sys.modules), _thread._count(), 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_parent=self._count)

    def _count(self) -> None:
        self._forks += 1

    def problem(self) -> str:
        """What goes on now, in a sentence; empty where nothing does."""
        if self._forks:
            return "it forks the process when it is imported: start processes where build() needs them"
        if _has_children():
            end_children()
            return LEFT
        if name := self._lasting_thread():
            return f"it leaves {name} running when it is imported: start threads where build() needs them"
        if code := _forked_code():
            return f"a fork of the process ends with exit code {code} at once: look at os.register_at_fork"
        return ""

    def _lasting_thread(self) -> str:
        end = time.monotonic() + THREAD_SECONDS
        while _thread._count() > self._threads and time.monotonic() < end:
            time.sleep(0.01)
        if _thread._count() <= self._threads:
            return ""
        names = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
        return f"the thread {names[0]}" if names else "a thread"

    def new_modules(self) -> dict[str, ModuleType]:
        """What the plugin has imported."""
        return {name: module for name, module in list(sys.modules.items()) if name not in self._modules}

    def files(self, errors: Sequence[BaseException]) -> set[str]:
        """The files that the plugin came from, beside those of Python and of installed distributions."""
        installed = {
            Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")
        }
        names = {getattr(module, "__file__", None) for module in self.new_modules().values()}
        for error in errors:
            names |= {frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)}
        paths = [Path(name) for name in names if type(name) is str]
        return {str(path) for path in paths if path.is_file() and not installed & set(path.parents)}


def adopt() -> None:
    """Have processes whose parents end become children of this one, where the system can do that."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def end_children() -> None:
    """Kill the children of this process, and those that it adopts when these end."""
    while children := _children():
        for child in children:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    """The processes of this one, where the system lists them."""
    listed = [file.read_text(encoding="ascii") for file in Path("/proc/self/task").glob("*/children")]
    return [int(child) for line in listed for child in line.split()]


def _forked_code() -> int:
    """What a fork of this process ends with that does nothing; 0 is as it should be."""
    if not hasattr(os, "fork"):
        return 0
    child = os.fork()
    if not child:
        _leave(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _has_children() -> bool:
    """Whether a process is running; those that have ended are waited for."""
    with suppress(ChildProcessError, AttributeError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False
