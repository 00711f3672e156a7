"""What values hold: plain data, the same bits, and tensors that are alive."""

from __future__ import annotations

import gc
from dataclasses import fields
from typing import Any

from nlpkit.batch import Batch


def bytes_of_tensors() -> int:
    """The memory of all tensors that Python knows, each piece of it once."""
    import torch

    gc.collect()
    found = [each for each in gc.get_objects() if type(each) in (torch.Tensor, torch.nn.Parameter)]
    storages = [each.untyped_storage() for each in found if each.layout == torch.strided]
    return sum({each.data_ptr(): each.nbytes() for each in storages if each.data_ptr()}.values())


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
