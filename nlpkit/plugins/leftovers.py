"""What a plugin leaves in the process it was loaded into: forks, processes, threads and modules."""

from __future__ import annotations

import _thread
import os
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType

THREAD_SECONDS = 0.5  # for threads to end that do a little at the start
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
            return LEFT
        if name := self._lasting_thread():
            return f"it leaves {name} running when it is imported: start threads where build() needs them"
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


def _has_children() -> bool:
    with suppress(ChildProcessError, AttributeError):
        os.waitpid(-1, os.WNOHANG)
        return True
    return False
