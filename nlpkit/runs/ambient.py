"""What code that only observes must leave as it found it: random states, and the modes of torch.

Python's and NumPy's random states and torch's default dtype belong to the whole process: a draw that another
thread makes meanwhile is made again.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def ambient_kept() -> Iterator[None]:
    """Put back afterwards what was changed meanwhile, and touch nothing else."""
    kept = [(look, put_back, look()) for look, put_back in _sources()]
    try:
        yield
    finally:
        for look, put_back, before in kept:
            if not _same(look(), before):
                put_back(before)


def _sources() -> Iterator[tuple[Callable[[], Any], Callable[[Any], object]]]:
    import torch

    yield random.getstate, random.setstate
    if numpy_random := sys.modules.get("numpy.random"):  # it has no state before it is imported
        yield numpy_random.get_state, numpy_random.set_state
    yield torch.get_rng_state, torch.set_rng_state
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        yield torch.cuda.get_rng_state_all, torch.cuda.set_rng_state_all
    yield torch.get_default_dtype, torch.set_default_dtype
    # no device is the CPU as well, without the mode of torch that slows every call
    yield (
        torch.get_default_device,
        lambda device: torch.set_default_device(None if device.type == "cpu" else device),
    )
    yield torch.is_grad_enabled, torch.set_grad_enabled


def _same(state: Any, other: Any) -> bool:
    if isinstance(state, tuple | list):
        return all(map(_same, state, other))
    equal = state == other
    return bool(equal.all() if hasattr(equal, "all") else equal)
