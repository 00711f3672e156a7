"""A device that every machine has: tensors that say they are on it, and are computed on the CPU.

It finds what stays behind when a module is moved to a GPU. torch's FakeTensorMode has no numbers, so that it
stops at packed sequences, at boolean masks and at every `tolist`; and its CUDA needs a torch that was built
with CUDA. Here numbers are real, and the device is one for which torch has no kernels and no shortcuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from nlpkit.testing.promises import BrokenPromise, Skipped

CPU = torch.device("cpu")
DEVICE = torch.device("xla:0")
_READS = {"index", "index_put_"}  # they take places on the CPU in a tensor of a GPU
_PACKING = {"_pack_padded_sequence", "_pad_packed_sequence"}  # their second result is always on the CPU
_ADVICE = "make it with device=batch.ids.device, or move it with .to(batch.ids.device)"


class Moved(Tensor):
    """A tensor on the other device; `numbers` holds those it has."""

    numbers: Tensor
    calls: ClassVar[int] = 0  # of torch's functions with such tensors, one within the other
    leaving: ClassVar[bool] = False  # one is copied to the CPU

    @staticmethod
    def __new__(cls, inner: Tensor) -> Moved:
        strided = inner.layout == torch.strided
        found: Moved = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride() if strided else None,
            storage_offset=inner.storage_offset() if strided else None,
            dtype=inner.dtype,
            layout=inner.layout,
            device=CPU,  # to the compiled parts of torch, which have no other device here
        )
        found.numbers = inner
        return found

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return DEVICE

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"{self.numbers!r} on another device"

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        name, kwargs = getattr(func, "__name__", ""), kwargs or {}
        if name == "tolist":
            return args[0].numbers.tolist()
        if name in ("numpy", "__array__"):
            raise BrokenPromise("numpy cannot read a tensor that is not on the CPU; call .cpu() first")
        if name == "new_tensor" and "device" not in kwargs:  # it asks compiled code for the device
            return Moved(args[0].numbers.new_tensor(*args[1:], **kwargs))
        if name in _PACKING:
            vectors, sizes = func(args[0].numbers, *args[1:], **kwargs)
            return Moved(vectors), sizes
        device = _parsed_device(*args[1:], **kwargs) if name in ("to", "type_as") else None
        if device == DEVICE and not isinstance(args[0], Moved):
            return Moved(func(*tree_map(_inner, args), **tree_map(_inner, kwargs)))
        if name == "cpu" or device == CPU:
            return _on_the_cpu(args[0]).to(*args[1:], **kwargs)
        Moved.calls += 1
        try:
            with torch._C.DisableTorchFunctionSubclass():
                return func(*args, **kwargs)
        finally:
            Moved.calls -= 1

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        raise RuntimeError(f"{func} is called outside of OtherDevice")


class OtherDevice(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Inside, tensors can be moved to `DEVICE`. BrokenPromise where one of the CPU meets one of them.

    `named` says what the tensors that were there before are called in a sentence.
    """

    def __init__(self, named: Callable[[Tensor], str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._named = named
        self._here: dict[int, tuple[Tensor, str]] = {}  # results on the CPU, held, and where they come from

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch.compile, which takes seconds to import, is not there to be kept away

    def __enter__(self) -> OtherDevice:
        self._overwrites = torch.__future__.get_overwrite_module_params_on_conversion()
        torch.__future__.set_overwrite_module_params_on_conversion(
            True
        )  # in place the numbers alone would move
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *raised: Any) -> None:
        torch.__future__.set_overwrite_module_params_on_conversion(self._overwrites)
        super().__exit__(*raised)  # type: ignore[no-untyped-call]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        tensors = list(_tensors((args, kwargs)))
        there = [each for each in tensors if isinstance(each, Moved)]
        here = [each for each in tensors if not isinstance(each, Moved)]
        if there and not self._mixes(func, args):
            self._refuse([each for each in here if each.ndim], func)
        device = kwargs.get("device")
        borrowed = there or (Moved.calls and not here)
        if borrowed and device == CPU and not Moved.leaving:
            device = DEVICE  # a function of torch has taken the other one from a moved tensor
        moved = bool(there) if device is None else torch.device(device) == DEVICE
        if kwargs.get("device") is not None and moved:
            kwargs["device"] = CPU
        args, kwargs = tree_map(_inner, (args, kwargs))
        found = func(*args, **kwargs)
        before = {id(each.numbers): each for each in there}
        if moved:
            return tree_map(lambda each: _wrapped(each, before), found)
        origin = next(filter(None, map(self._origin, here)), "")
        self._here.update({id(each): (each, origin) for each in _tensors(found)})
        return found

    def _mixes(self, func: Any, args: Any) -> bool:
        """Whether it takes tensors of both: one of a GPU is read by places on the CPU, not the reverse."""
        name = func.overloadpacket.__name__
        return name == "copy_" or (name in _READS and isinstance(args[0], Moved))

    def _origin(self, tensor: Tensor) -> str:
        """Where a tensor of the CPU comes from, and what to do; nothing where it was made inside."""
        return self._here[id(tensor)][1] if id(tensor) in self._here else self._named(tensor)

    def _refuse(self, here: list[Tensor], func: Any) -> None:
        for each in here:
            what = f"a tensor of shape {tuple(each.shape)}"
            meets = f"{func.overloadpacket.__name__.strip('_')} finds it beside one on another device"
            origin = self._origin(each) or f"{what} is made on the CPU, where {meets}; {_ADVICE}"
            raise BrokenPromise(origin)


@contextmanager
def pretended(named: Callable[[Tensor], str]) -> Iterator[None]:
    """Inside, there is the other device; Skipped where it cannot be pretended."""
    try:
        with OtherDevice(named):
            yield
    except BrokenPromise:
        raise
    except Exception as error:  # not all that a GPU can do can be pretended
        raise Skipped(f"it can be tried on a real GPU alone ({type(error).__name__})") from error


def left_behind(module: nn.Module, fields: Mapping[str, Tensor]) -> Callable[[Tensor], str]:
    """What says where a tensor of the CPU comes from that was there before a module moved, with `fields` of a
    batch, and what to do with it.
    """
    constants = {id(tensor): name for name, tensor in _constants(module)}
    of_batch = {id(tensor): name for name, tensor in fields.items()}

    def named(tensor: Tensor) -> str:
        name = of_batch.get(id(tensor))
        if name is not None:
            return f"`{name}` of a batch is always on the CPU; move it with .to(batch.ids.device)"
        name = constants.get(id(tensor), f"a tensor of shape {tuple(tensor.shape)}")
        return f"{name} stays on the CPU when the module moves; register it with register_buffer"

    return named


def _constants(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Tensors in plain attributes, also within lists and the like."""
    for prefix, each in module.named_modules():
        for name, value in vars(each).items():
            if name not in ("_parameters", "_buffers", "_modules"):
                yield from ((f"{prefix}.{name}".lstrip("."), tensor) for tensor in _tensors(value))


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _tensors(each)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _parsed_device(*args: Any, **kwargs: Any) -> torch.device | None:
    """The device that the arguments of `Tensor.to` name."""
    named = (*args[:1], kwargs.get("device"), kwargs.get("other"))
    for each in named:
        if isinstance(each, Tensor):
            return each.device
        if isinstance(each, str | torch.device):
            return torch.device(each)
    return None


def _on_the_cpu(tensor: Tensor) -> Tensor:
    Moved.leaving = True
    try:
        copy: Tensor = torch.ops.aten._to_copy(tensor, device=CPU)
    finally:
        Moved.leaving = False
    return copy


def _inner(value: Any) -> Any:
    return value.numbers if isinstance(value, Moved) else value


def _wrapped(value: Any, before: dict[int, Moved]) -> Any:
    """A result on the other device; what an operation has changed in place stays the same tensor."""
    if isinstance(value, Moved) or not isinstance(value, Tensor):
        return value
    return before[id(value)] if id(value) in before else Moved(value)
