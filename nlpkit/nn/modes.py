"""What torch keeps for a whole process or thread, and how nlpkit computes whatever its host has set there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import numpy as np
import torch


class _Borrowed:
    """A setting of the process that is needed at one value: the first thread that comes sets it, and the last
    one that leaves puts it back.
    """

    def __init__(self, get: Callable[[], Any], put: Callable[[Any], object], value: Any) -> None:
        self._get, self._put, self._value = get, put, value
        self._forget()
        if hasattr(os, "register_at_fork"):  # a thread that is not in the child may have held the lock
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._holders:
                self._before = self._get()
                if self._before != self._value:
                    self._put(self._value)
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders and self._before != self._value:
                    self._put(self._before)


_float32: Final = _Borrowed(torch.get_default_dtype, torch.set_default_dtype, torch.float32)
_DRAWING: Final = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch computes for this thread in no other: the other cores have workers of their own."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def plain_modes() -> Iterator[None]:
    """Inside, torch computes as in a fresh process: float32 on the CPU by default, with gradients, without
    autocast. All but the default dtype belongs to this thread alone.
    """
    with ExitStack() as stack:
        stack.enter_context(_float32())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for device in ("cpu", "cuda"):
            if _autocasts(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))  # costs a microsecond for each call of torch
        yield


def _autocasts(device: str) -> bool:
    if hasattr(torch, "get_autocast_dtype"):  # since 2.4, where the others are deprecated
        return torch.is_autocast_enabled(device)
    return torch.is_autocast_cpu_enabled() if device == "cpu" else torch.is_autocast_enabled()


def draw_from(device: torch.device, *numbers: int) -> None:
    """Let torch draw from a seed of several numbers, on the CPU and on a device; inside `drawing` alone."""
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        getattr(torch, device.type).manual_seed(seed)


@contextmanager
def drawing(seed: int) -> Iterator[None]:
    """Inside, torch draws from `seed`, and afterwards as if nothing had been drawn.

    torch's layers and initialisers draw from one generator of the process and take no other, so that it is
    borrowed: of several threads one draws at a time, and each gets the numbers that it gets alone.
    """
    with _DRAWING:
        devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
        with torch.random.fork_rng(devices):
            torch.manual_seed(seed)
            yield
