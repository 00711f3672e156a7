"""What a process has one of, beside its functions: whoever changes it changes how all other code works."""

from __future__ import annotations

import codecs
import gc
import locale
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any


class State:
    """The process as it was; `changes` says what of it is another now, in words."""

    def __init__(self) -> None:
        self._before = {what: look() for what, look in _OF_PYTHON.items()}
        self._of_modules = dict(_of_modules())

    def changes(self) -> list[str]:
        """What has changed."""
        return [
            *(what for what, look in _OF_PYTHON.items() if look() != self._before[what]),
            *(what for what, now in _of_modules() if now != self._of_modules.get(what, _FRESH[what])),
        ]


def _folder() -> Path | None:
    with suppress(OSError):  # it is gone
        return Path.cwd()
    return None


def _environment() -> list[object]:
    """Variables that others have set or read; libraries set some for themselves, which are new."""
    read = {name: value for name, value in os.environ.items() if name in _SET or name.startswith(_READ)}
    return [id(os.environ), read]


def _signals() -> list[object]:
    handlers: list[object] = [signal.getsignal(number) for number in sorted(signal.valid_signals())]
    if hasattr(signal, "getitimer"):
        timers = [signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF]
        handlers += [(left > 0, interval) for left, interval in map(signal.getitimer, timers)]
    if hasattr(signal, "pthread_sigmask"):
        handlers.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))
    return handlers


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _streams() -> list[object]:
    def file(descriptor: int) -> object:
        with suppress(OSError):
            status = os.fstat(descriptor)
            return status.st_dev, status.st_ino
        return None

    def written(stream: Any) -> list[object]:
        own = sorted(getattr(stream, "__dict__", ()))  # a method of this one object is there
        return [stream, own, *(getattr(stream, name, None) for name in ("encoding", "errors"))]

    return [*map(written, (sys.stdin, sys.stdout, sys.stderr)), *map(file, range(3))]


def _logging() -> list[object]:
    """The root logger and nlpkit's own, as far as they are not as logging makes them."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "nlpkit"]
    loggers = [logging.root, *map(logging.getLogger, sorted(names))]
    states = [(each.level, each.disabled, each.propagate, *each.handlers) for each in loggers]
    made = [logging.root.manager.disable, logging.getLogRecordFactory(), logging.getLoggerClass()]
    return [*made, *(state for state in states if state != (0, False, True))]


def _limits() -> list[object]:
    limits: list[object] = [sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()]
    with suppress(ImportError, OSError):
        import resource

        limits += [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if "RLIMIT_" in name]
    return limits


def _scheduling() -> list[object]:
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    return [cores, os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else None]


def _error_handlers() -> list[object]:
    names = ("strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass")
    return list(map(codecs.lookup_error, names))


_SET = frozenset(os.environ)
# of nlpkit, of Python and of the linker, where temporary files are, and whether there are GPUs
_READ = ("NLPKIT_", "PYTHON", "LD_PRELOAD", "TMPDIR", "CUDA_VISIBLE_DEVICES")
_OF_PYTHON: dict[str, Callable[[], object]] = {
    "the working directory": _folder,
    "the environment": _environment,
    "signal handlers": _signals,
    "the file mode mask": _mask,
    "the locale": lambda: locale.setlocale(locale.LC_ALL),
    "the time zone": lambda: time.tzname,
    "standard streams": _streams,
    "the logging of others": _logging,
    "the limits of the process": _limits,
    "the scheduling of the process": _scheduling,
    "the error handlers of codecs": _error_handlers,
    "garbage collection": lambda: (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
    "tracing": lambda: (sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()),
    "sys.argv": lambda: list(sys.argv),
}
# the module that keeps each, how it is asked, and what it is after the import
_OF_MODULES: dict[str, tuple[str, Callable[[Any], object], object]] = {
    "csv.field_size_limit": ("csv", lambda it: it.field_size_limit(), 131_072),
    "the precision of decimal": ("decimal", lambda it: it.getcontext().prec, 28),
    "the timeout of sockets": ("socket", lambda it: it.getdefaulttimeout(), None),
    "how multiprocessing starts processes": (
        "multiprocessing",
        lambda it: it.get_start_method(allow_none=True),
        None,
    ),
    "numpy.seterr": (
        "numpy",
        lambda it: it.geterr(),
        {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"},
    ),
    "torch's default dtype": ("torch", lambda torch: str(torch.get_default_dtype()), "torch.float32"),
    "torch's default device": ("torch", lambda it: it.get_default_device().type, "cpu"),
    "torch's grad mode": ("torch", lambda it: it.is_grad_enabled(), True),
    "torch's deterministic mode": (
        "torch",
        lambda it: it.are_deterministic_algorithms_enabled(),
        False,
    ),
    "torch's anomaly mode": ("torch", lambda it: it.is_anomaly_enabled(), False),
    "torch's precision": ("torch", lambda it: it.get_float32_matmul_precision(), "highest"),
    "torch's dispatch": ("torch", lambda it: it._C._len_torch_dispatch_stack(), 0),
    "torch's hooks on all modules": (
        "torch",
        lambda it: sum(len(each) for name, each in vars(it.nn.modules.module).items() if _of_all(name)),
        0,
    ),
}
_FRESH = {what: fresh for what, (_, _, fresh) in _OF_MODULES.items()}


def _of_all(name: str) -> bool:
    return name.startswith("_global_") and name.endswith("_hooks")


def _of_modules() -> Iterator[tuple[str, object]]:
    """What the modules say that have been imported."""
    for what, (name, look, _) in _OF_MODULES.items():
        module = sys.modules.get(name)
        with suppress(AttributeError):  # it is being imported, or another version
            if module is not None:
                yield what, look(module)
