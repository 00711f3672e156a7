"""What values hold: plain data, and tensors that are alive."""

from __future__ import annotations

import gc
from typing import Any


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
