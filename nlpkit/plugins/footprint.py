"""What a plugin changes of the process it is loaded into, by comparing before with after."""

from __future__ import annotations

import builtins
import gc
import locale
import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType, WrapperDescriptorType
from typing import Any

# of a class: what Python itself adds to it later
_CACHES = {"__annotations__", "__annotations_cache__", "__abstractmethods__", "_abc_impl", "__doc__"}
_FUNCTIONS = (
    type,
    property,
    classmethod,
    staticmethod,
    FunctionType,
    BuiltinFunctionType,
    WrapperDescriptorType,
)
_BUILTINS = builtins.__dict__
_copy, _update = _BUILTINS.copy, _BUILTINS.update  # a plugin may change any name


Functions = dict[tuple[str, str], object]  # by the name of a module or class, and the name in it
_NONE = object()


class Footprint:
    """The process as it was; `changes` says what of it is another now, in words."""

    def __init__(self, functions: Functions) -> None:
        self._before = {what: look() for what, look in _STATE.items()}
        self._functions = functions
        self._builtins = _BUILTINS.copy()
        self._path, self._finders = list(sys.path), list(sys.meta_path)
        self._filters = list(warnings.filters)

    def put_builtins_back(self) -> None:
        """Give code that is not the plugin's the functions it was written for."""
        self._theirs = _copy()
        _update(self._builtins)

    def changes(self) -> list[str]:
        """What has changed, once the builtins are what they were."""
        after = self._theirs
        found = [what for what, look in _STATE.items() if look() != self._before[what]]
        if sys.path[: len(self._path)] != self._path:
            found.append("the start of the import path")
        if [each for each in sys.meta_path if each in self._finders] != self._finders:
            found.append("the import system")
        if any(map(_for_all, _new(warnings.filters, self._filters))) or _new(self._filters, warnings.filters):
            found.append("the filters of warnings")
        replaced = [f"builtins.{name}" for name in {**self._builtins, **after} if _other(name, self, after)]
        replaced = sorted([*replaced, *_replaced(self._functions, functions())])
        found += replaced[:3] + ([f"{len(replaced) - 3} more functions"] if len(replaced) > 3 else [])
        return found + list(_torch_changes())


def _replaced(before: Functions, after: Functions) -> Iterator[str]:
    """What is another than it was or is gone, and what is new in a class or in nlpkit."""
    owners = {owner for owner, _ in before}
    for owner, name in before | after:
        value, had = after.get((owner, name), _NONE), before.get((owner, name), _NONE)
        if value is had or _needed(value):
            continue
        if had is not _NONE or (owner in owners and _closed(owner) and not _lazy(owner, name, value, after)):
            yield f"{owner}.{name}"


def _closed(owner: str) -> bool:
    """Whether nobody adds to it: a class, or a module of nlpkit."""
    return owner not in sys.modules or _ours(owner)


def _lazy(owner: str, name: str, value: object, after: Functions) -> bool:
    """Whether a face has got a name from the module that it stands in."""
    return any(
        each is value
        for (other, same), each in after.items()
        if same == name and other != owner and _ours(other)
    )


def _other(name: str, footprint: Footprint, after: dict[str, object]) -> bool:
    """Whether a builtin is another one; `_` is what an interactive Python has calculated."""
    return name != "_" and footprint._builtins.get(name, after) is not after.get(name, after)


def functions() -> Functions:
    """What is in the modules there are, and in their classes: functions and classes; of nlpkit everything.

    What is private to other packages is theirs: typing_extensions replaces functions of that kind in typing.
    """
    found: Functions = {}
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and module is not builtins:
            parts = dict(_parts(module))
            found |= {(module.__name__, name): value for name, value in parts.items()}
            for kind in parts.values():
                if isinstance(kind, type) and kind.__module__ == module.__name__:
                    owner = f"{kind.__module__}.{kind.__qualname__}"
                    found |= {(owner, name): value for name, value in _parts(kind)}
    return found


def _parts(owner: ModuleType | type) -> Iterator[tuple[str, object]]:
    ours = _ours(owner.__module__ if isinstance(owner, type) else owner.__name__)
    for name, value in list(vars(owner).items()):
        told = not isinstance(value, ModuleType) if ours else isinstance(value, _FUNCTIONS)
        if told and name not in _CACHES and (ours or not name.startswith("_") or name.startswith("__")):
            yield name, value


def _ours(module: str) -> bool:
    return module.partition(".")[0] == "nlpkit"


def _needed(function: object) -> bool:
    """Whether it comes from what nlpkit imports itself: torch replaces one of Python's functions."""
    return str(getattr(function, "__module__", "")).partition(".")[0] in (
        "numpy",
        "scipy",
        "sklearn",
        "torch",
    )


def _new(filters: Any, than: Any) -> list[Any]:
    return [each for each in filters if each not in than]


def _for_all(warning_filter: tuple[Any, ...]) -> bool:
    """Whether it is about warnings that are not the plugin's own: all of a class of Python's."""
    _, message, category, module, _ = warning_filter
    return message is None and module is None and category.__module__ == "builtins"


def _folder() -> Path | None:
    with suppress(OSError):  # it is gone
        return Path.cwd()
    return None


def _environment() -> dict[str, str]:
    """Variables that others have set; libraries set some for themselves, which are new."""
    return {name: value for name, value in os.environ.items() if name in _SET or name.startswith("NLPKIT_")}


def _signals() -> list[object]:
    timer = signal.getitimer(signal.ITIMER_REAL)[1:] if hasattr(signal, "getitimer") else None
    return [timer, *(signal.getsignal(number) for number in sorted(signal.valid_signals()))]


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

    return [sys.stdin, sys.stdout, sys.stderr, *map(file, range(3))]


def _logging() -> list[object]:
    """The root logger and nlpkit's own, as far as they are not as logging makes them."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "nlpkit"]
    loggers = [logging.root, *map(logging.getLogger, sorted(names))]
    states = [(each.level, each.disabled, each.propagate, *each.handlers) for each in loggers]
    return [logging.root.manager.disable, *(state for state in states if state != (0, False, True))]


def _limits() -> list[object]:
    limits: list[object] = [sys.getrecursionlimit(), sys.getswitchinterval()]
    with suppress(ImportError, OSError):
        import resource

        limits += [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if "RLIMIT_" in name]
    return limits


def _scheduling() -> list[object]:
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    return [cores, os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else None]


_SET = frozenset(os.environ)
_STATE: dict[str, Callable[[], object]] = {
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
    "garbage collection": lambda: (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
    "tracing": lambda: (sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()),
}


def _torch_changes() -> Iterator[str]:
    """What is not as torch has it after `import torch`; it was imported by the plugin, or not at all."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_default_dtype"):
        return
    if torch.get_default_dtype() != torch.float32:
        yield "torch's default dtype"
    if torch.get_default_device().type != "cpu":
        yield "torch's default device"
    if not torch.is_grad_enabled():
        yield "torch's grad mode"
    if torch.are_deterministic_algorithms_enabled():
        yield "torch's deterministic mode"
