"""What belongs to the whole process, by name: how it is read, and how it is put back."""

from __future__ import annotations

import gc
import locale
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True)
class Shared:
    """Something of the process: `name` in a sentence, `look` reads it, and `put` puts it back."""

    name: str
    look: Callable[[], Any]
    put: Callable[[Any], object]


def settings_of_process() -> Iterator[Shared]:
    """What nothing but a decision of the user may change."""
    yield Shared("the working directory", os.getcwd, os.chdir)
    yield Shared("garbage collection", gc.isenabled, lambda on: gc.enable() if on else gc.disable())
    yield Shared("thresholds of garbage collection", gc.get_threshold, lambda each: gc.set_threshold(*each))
    yield Shared("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit)
    yield Shared("the locale", partial(locale.setlocale, locale.LC_ALL), _set_locale)
    yield Shared("the timeout of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout)
    yield Shared("what logging disables", lambda: logging.root.manager.disable, logging.disable)
    yield Shared("the level of the root logger", lambda: logging.root.level, logging.root.setLevel)
    yield Shared("handlers of the root logger", lambda: list(logging.root.handlers), _set_handlers)
    yield Shared("signal handlers", _handlers_of_signals, _set_signals)
    if numpy := sys.modules.get("numpy"):
        yield Shared("numpy.geterr()", numpy.geterr, lambda errors: numpy.seterr(**errors))
        yield Shared("how numpy prints", numpy.get_printoptions, lambda how: numpy.set_printoptions(**how))
    if torch := sys.modules.get("torch"):
        yield from _of_torch(torch)


def _of_torch(torch: Any) -> Iterator[Shared]:
    yield Shared("torch's number of threads", torch.get_num_threads, torch.set_num_threads)
    yield Shared("torch's grad mode", torch.is_grad_enabled, torch.set_grad_enabled)
    yield Shared("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype)
    yield Shared("torch's default device", torch.get_default_device, _set_device)
    yield Shared(
        "torch's use of deterministic algorithms",
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    )
    yield Shared(
        "torch's precision of matrix products",
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    )
    yield Shared("torch's anomaly detection", torch.is_anomaly_enabled, torch.set_anomaly_enabled)
    yield Shared("how torch rounds tiny numbers", lambda: _flushes(torch), torch.set_flush_denormal)
    printed = torch._tensor_str.PRINT_OPTS
    yield Shared("how torch prints", lambda: dict(vars(printed)), lambda how: vars(printed).update(how))
    for name in ("enabled", "benchmark", "deterministic"):
        yield _flag("torch.backends.cudnn", torch.backends.cudnn, name)
    yield _flag("torch.backends.mkldnn", torch.backends.mkldnn, "enabled")
    hooks = torch.nn.modules.module
    for name in sorted(name for name in vars(hooks) if name.startswith("_global_") and "hooks" in name):
        held = getattr(hooks, name)
        if isinstance(held, dict):
            yield Shared("the hooks of all modules", partial(dict, held), partial(_refill, held))


def _flag(where: str, owner: Any, name: str) -> Shared:
    return Shared(f"{where}.{name}", lambda: getattr(owner, name), lambda value: setattr(owner, name, value))


def _flushes(torch: Any) -> bool:
    """Whether numbers that are nearly 0 become 0; torch has no function that says so."""
    return not bool(torch.full((1,), 1e-40, dtype=torch.float32, device="cpu").mul(1.0).ne(0).any())


def _refill(held: dict[Any, Any], before: dict[Any, Any]) -> None:
    held.clear()
    held.update(before)


def _set_locale(name: str) -> None:
    locale.setlocale(locale.LC_ALL, name)


def _set_handlers(handlers: list[logging.Handler]) -> None:
    logging.root.handlers[:] = handlers


def _handlers_of_signals() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _set_signals(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        if signal.getsignal(number) != handler:
            signal.signal(number, handler)


def _set_device(device: Any) -> None:
    """No device is the CPU as well, without the mode of torch that slows every call."""
    sys.modules["torch"].set_default_device(None if device.type == "cpu" else device)
