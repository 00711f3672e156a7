"""What the processes of several machines tell each other, over `torch.distributed`: gloo, and nccl for GPUs.

Axes: N bytes of one process, W processes.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor
from torch.distributed import PrefixStore  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous

from nlpkit import errors
from nlpkit.errors import ConfigError, LostError, NetworkError, NlpkitError
from nlpkit.system.launched import Launch
from nlpkit.system.sealed import from_json, to_json

_PATIENCE: Final = timedelta(days=7)  # others wait while one reads and scores; who is gone is known at once
_BEGINNING: Final = timedelta(minutes=10)  # until all have come
_SAYS: Final = 1.0  # seconds that a process has to say why it ends
_HEARD: Final = 20.0  # seconds for the first one to hear that
_ATTEMPT: Final = timedelta(seconds=5)  # to reach the store
_POLL: Final = 0.01  # seconds
_HEADER: Final = 8  # bytes, in which is how many more there are
_CHUNK: Final = 1 << 28  # bytes of one message
_FAILED: Final = "nlpkit/failed"
_THERE: Final = "nlpkit/there"
_LEFT: Final = "nlpkit/left"
_INTERFACE: Final = "GLOO_SOCKET_IFNAME"


class LeftError(LostError):
    """The first process has ended, and has said why."""


class World:
    """All processes, each with a `rank`. What one of them says or gives, all have to ask for at once.

    LostError where one of them is gone; where it has said why, its error.
    """

    def __init__(self, launch: Launch, store: Any) -> None:
        self.rank, self.size, self.local_rank = launch.rank, launch.size, launch.local_rank
        self._store = store
        self._room = 1 << 16

    def told(self, content: bytes = b"") -> bytes:
        """What the first one says."""
        size = torch.tensor([len(content)])
        self.same([size])
        said = torch.frombuffer(bytearray(content), dtype=torch.uint8) if content else _bytes(int(size))
        self.same([said])
        return said.numpy().tobytes()

    def same(self, tensors: Iterable[Tensor]) -> None:
        """Give each of some tensors the numbers that it has in the first process."""
        for tensor in tensors:
            flat = tensor.detach()
            flat = flat if flat.is_contiguous() else flat.contiguous()
            with self._together():
                for part in torch.split(flat.view(-1).view(torch.uint8), _CHUNK) if flat.numel() else ():
                    dist.broadcast(part, 0)
            if flat.data_ptr() != tensor.data_ptr():
                tensor.detach().copy_(flat)

    def same_arrays(self, arrays: Iterable[NDArray[Any]]) -> None:
        """Give each of some arrays, all in one piece, what is in that of the first process."""
        for array in arrays:
            flat = array.reshape(-1).view(np.uint8) if array.size else np.empty(0, np.uint8)
            for start in range(0, len(flat), _CHUNK):
                part = torch.from_numpy(flat[start : start + _CHUNK].copy())
                self.same([part])
                if self.rank:
                    flat[start : start + _CHUNK] = part.numpy()

    def gathered(self, content: Tensor) -> list[Tensor]:
        """What each one gives, in the order of their ranks: uint8 (N,), of another N each.

        There is room for what came the last time and some more, so that one exchange does.
        """
        while True:
            mine = _bytes(_HEADER + self._room, content.device)
            mine[:_HEADER].view(torch.int64).fill_(len(content))
            fits = len(content) <= self._room
            mine[_HEADER : _HEADER + len(content) * fits] = content[: len(content) * fits]
            every = _bytes(self.size * len(mine), content.device).view(self.size, -1)  # (W, N)
            with self._together():
                dist.all_gather(list(every), mine)
            sizes = [int(each[:_HEADER].view(torch.int64)) for each in every]
            room, largest = self._room, max(sizes)
            self._room = -(-largest * 9 // 8 // 4096) * 4096 + 4096
            if largest <= room:
                return [each[_HEADER : _HEADER + size] for each, size in zip(every, sizes, strict=True)]

    def sum(self, numbers: Tensor) -> Tensor:
        """The sum of what all give, in whatever order is the fastest."""
        with self._together():
            dist.all_reduce(numbers)
        return numbers

    def fail(self, error: BaseException) -> None:
        """Say what has ended this process, and wait until the first one has heard it, if it is there."""
        told = {
            "kind": type(error).__name__,
            "message": str(getattr(error, "message", "")) or f"{type(error).__name__}: {error}",
            "hint": str(getattr(error, "hint", "")),
            "location": str(getattr(error, "location", "")),
            "who": f"process {self.rank} of {self.size} (on {socket.gethostname()})",
        }
        try:
            self._store.set(_FAILED, to_json(told))
            dist.destroy_process_group()
            self._is_said(f"{_FAILED}/heard", _HEARD)
        except RuntimeError:  # it is gone as well
            return

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError:  # as gloo and nccl tell that a connection has broken
            raise self._lost() from None

    def _lost(self) -> NlpkitError:
        told = None
        with suppress(RuntimeError, ValueError):  # the store is gone as well
            if self.rank and self._store.check([_LEFT]):
                self._store.set(f"{_LEFT}/{self.rank}", b"heard")
                return LeftError("the first process has ended, and says why")
            if self._is_said(_FAILED, _SAYS):
                told = from_json(self._store.get(_FAILED))
                self._store.set(f"{_FAILED}/heard", b"yes")
        if told is None:
            return LostError(
                f"{self._gone()} of this training ended",
                hint="it was killed, or its machine was lost or lacked memory",
            )
        kind: Any = getattr(errors, told["kind"], None)
        refused = isinstance(kind, type) and issubclass(kind, NlpkitError)
        error: NlpkitError = (kind if refused else LostError)(f"{told['who']}: {told['message']}")
        error.hint, error.location = told["hint"], told["location"]
        return error

    def leave(self) -> None:
        """In the first process, end the work of all and wait until they know: why, it says itself."""
        with suppress(RuntimeError):
            self._store.set(_LEFT, b"yes")
            dist.destroy_process_group()
            for other in range(1, self.size):
                self._is_said(f"{_LEFT}/{other}", _SAYS)

    def _is_said(self, name: str, seconds: float) -> bool:
        """Whether something is said in some seconds; to wait at the store would write lines to stderr."""
        return _waited(lambda: self._store.check([name]), seconds)

    def _gone(self) -> str:
        """Which process has ended: in the first one, the only one that does not say that it is there."""
        try:
            if self.rank:
                self._store.set(f"{_THERE}/{self.rank}", b"yes")
                return "another process"
            gone = [rank for rank in range(1, self.size) if not self._store.check([f"{_THERE}/{rank}"])]
        except RuntimeError:
            return "another process"
        return f"process {gone[0]} of {self.size}" if len(gone) == 1 else "another process"


def _bytes(count: int, device: torch.device | str = "cpu") -> Tensor:
    return torch.empty(count, dtype=torch.uint8, device=device)


@contextmanager
def meeting(launch: Launch) -> Iterator[World]:
    """The processes that torchrun has started, once all are there."""
    if dist.is_initialized():
        raise ConfigError(
            "this process belongs to a group of torch.distributed already",
            hint="put nlpkit.together() around all runs once, and outside of any other group",
        )
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    rank, size = launch.rank, launch.size
    try:
        with _loopback(launch):
            place = _place(rank, size)
            store = PrefixStore(_round(place, rank, size), place)
            dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise NetworkError(
            f"the processes that torchrun has started do not reach each other: {reason}",
            hint=f"where machines have several networks, name the device of one: {_INTERFACE}=eth0",
        ) from None
    try:
        yield World(launch, store)
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def _round(store: Any, rank: int, size: int) -> str:
    """A name that the first process gives to those that are there now.

    torchrun may start processes again beside the store in which those before them have left their addresses.
    So each asks under a name of its own, and the first one answers until all have heard it.
    """
    own = f"nlpkit/{uuid4().hex}"
    if rank:
        store.set(f"nlpkit/asks/{rank}", own)
        _until(lambda: store.check([own]), size)
        name: str = store.get(own).decode()
        store.set(f"{name}/{rank}", b"heard")
        return name

    def all_have_heard() -> bool:
        for other in range(1, size):
            if store.check([f"nlpkit/asks/{other}"]):
                store.set(store.get(f"nlpkit/asks/{other}").decode(), own)
        return bool(store.check([f"{own}/{other}" for other in range(1, size)]))

    _until(all_have_heard, size)
    return own


def _place(rank: int, size: int) -> Any:
    """The store where all meet. Who waits for it looks up now and then, as a signal may ask it to end."""
    ends = time.monotonic() + _BEGINNING.total_seconds()
    while True:
        try:
            return next(rendezvous("env://", rank, size, timeout=_ATTEMPT if rank else _BEGINNING))[0]
        except RuntimeError:
            if not rank or time.monotonic() > ends:
                raise


def _until(done: Callable[[], bool], size: int) -> None:
    """Wait until something is so; RuntimeError where it is not to be."""
    if not _waited(done, _BEGINNING.total_seconds()):
        raise RuntimeError(f"after {_BEGINNING} not all of {size} processes are there")


def _waited(done: Callable[[], bool], seconds: float) -> bool:
    """Whether something is so within some seconds."""
    ends = time.monotonic() + seconds
    while not (found := done()) and time.monotonic() < ends:
        time.sleep(_POLL)
    return bool(found)


@contextmanager
def _loopback(launch: Launch) -> Iterator[None]:
    """Inside, gloo takes the loopback device where all are on one machine, and nobody has said otherwise."""
    if not launch.on_one_machine or _INTERFACE in os.environ or not Path("/sys/class/net/lo").exists():
        yield
        return
    os.environ[_INTERFACE] = "lo"
    try:
        yield
    finally:
        del os.environ[_INTERFACE]
