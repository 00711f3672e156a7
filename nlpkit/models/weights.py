"""The weights of a model as a sealed safetensors file.

Its header is held against the model that the weights are for, so that nothing is allocated for others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from nlpkit.system.sealed import Seal, SealError, from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from nlpkit.nn.classifier import Classifier

T = TypeVar("T")
FILE = "weights.safetensors"
MAX_HEADER_BYTES = 1 << 22  # some 40,000 tensors
_FORMERLY = re.compile(r"(^|\.)attention(\.(?:hidden|score)\.)")
_SPARE_BYTES = 1 << 20  # of a file with a tensor too many, which is refused by the name of that


def to_bytes(classifier: Classifier) -> bytes:
    """The weights as safetensors has them; those that are tied, each for itself."""
    import safetensors.torch

    weights = {  # copies, because tied weights share memory and safetensors refuses that
        name: tensor.to("cpu", copy=True).contiguous() for name, tensor in classifier.state_dict().items()
    }
    return safetensors.torch.save(weights)


def read(seal: Seal, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a model with the state dict `expected`, of which only names, dtypes and shapes count.

    ValueError where the file has others, SealError where it is not what was written.
    """
    import safetensors
    import safetensors.torch

    header_size = int.from_bytes(seal.start_of(FILE, 8), "little")
    if header_size > MAX_HEADER_BYTES:
        said = f"its header has {header_size:,} bytes, and more than {MAX_HEADER_BYTES:,} are not read"
        raise SealError(seal.path.parent / FILE, said)
    data_size = sum(tensor.nbytes for tensor in expected.values())
    content = seal.bytes_of(FILE, 8 + header_size + 2 * data_size + _SPARE_BYTES)
    _compare(_renamed(_header(content[8 : 8 + header_size]), expected), expected)
    try:
        weights = _renamed(safetensors.torch.load(content), expected)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{FILE}: {error}") from None
    for name, tensor in weights.items():
        if tensor.dtype != expected[name].dtype:
            raise ValueError(f"{name} is {tensor.dtype}, but {expected[name].dtype} is expected")
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"{name} has numbers that are not finite")
    return weights


def _header(content: bytes) -> dict[str, Any]:
    """What a safetensors file says of each of its tensors."""
    try:
        found = from_json(content)
    except ValueError as error:
        raise ValueError(f"the header of {FILE} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"the header of {FILE} is no table of tensors")
    return {name: about for name, about in found.items() if name != "__metadata__"}


def _renamed(found: Mapping[str, T], expected: Mapping[str, Tensor]) -> dict[str, T]:
    """What was found, with the names that weights have now: those of `attention`, before it was a pooling."""
    names = {name: _FORMERLY.sub(r"\1pool\2", name) for name in found if name not in expected}
    names = {old: new for old, new in names.items() if new in expected and new not in found}
    return {names.get(name, name): each for name, each in found.items()}


def _compare(found: Mapping[str, Any], expected: Mapping[str, Tensor]) -> None:
    """ValueError for the first tensor that is missing, unknown or of another shape or size."""
    for name in expected:
        if name not in found:
            raise ValueError(f"{name} is missing")
    for name, about in found.items():
        if name not in expected:
            raise ValueError(f"{name} is no weight of this model")
        shape = about.get("shape") if isinstance(about, dict) else None
        if shape != list(expected[name].shape):
            raise ValueError(f"{name} has the shape {shape}, but {list(expected[name].shape)} is expected")
