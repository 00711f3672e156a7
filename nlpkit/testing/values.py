"""What values hold: plain data, the same bits, and tensors that are alive."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from nlpkit.batch import Batch


@dataclass(frozen=True)
class Living:
    """The memory of objects and tensors, and how many tensors hold a graph of gradients."""

    bytes: int
    graphs: int


@contextmanager
def only_new_objects() -> Iterator[None]:
    """Inside, `living` counts what has been made inside."""
    gc.collect()
    gc.freeze()
    traced_before = tracemalloc.is_tracing()
    if not traced_before:
        tracemalloc.start()
    try:
        yield
    finally:
        if not traced_before:
            tracemalloc.stop()
        gc.unfreeze()


def living() -> Living:
    """What is alive now; of memory that several tensors share each piece counts once."""
    import torch

    gc.collect()
    tensors = [each for each in gc.get_objects() if type(each) in (torch.Tensor, torch.nn.Parameter)]
    storages = [each.untyped_storage() for each in tensors if each.layout == torch.strided]
    sizes = {each.data_ptr(): each.nbytes() for each in storages if each.data_ptr()}
    graphs = sum(each.grad_fn is not None for each in tensors)
    return Living(sum(sizes.values()) + tracemalloc.get_traced_memory()[0], graphs)


def is_plain(value: Any) -> bool:
    import torch

    if isinstance(value, torch.Tensor):
        return value.device.type == "cpu" and not value.requires_grad
    return value is None or isinstance(value, bool | int | float | str)


def kind_of(value: Any) -> str:
    import torch

    if isinstance(value, torch.Tensor):
        return f"a tensor on {value.device}" + " with a gradient" * value.requires_grad
    return f"a {type(value).__name__}"


def tensors_of(batch: Batch) -> dict[str, Any]:
    return {field.name: getattr(batch, field.name) for field in fields(batch)}


def differing(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """The first name whose value has not the same bits; empty where all have."""
    if expected.keys() != found.keys():
        return "the set of tensors"
    return next((name for name in expected if not equal(expected[name], found[name])), "")


def equal(one: Any, other: Any) -> bool:
    import torch

    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and one.dtype == other.dtype and torch.equal(one.cpu(), other.cpu())
    return type(one) is type(other) and bool(one == other or one != one)  # NaN is the same as NaN
