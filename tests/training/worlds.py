"""Processes that meet as those that torchrun starts do."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import pytest

from nlpkit.system.forking import forked
from nlpkit.system.launched import Launch
from nlpkit.training.world import World, meeting

T = TypeVar("T")
HERE = "127.0.0.1"


@contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as free:
        free.bind((HERE, 0))
        yield free.getsockname()[1]


def in_processes(size: int, work: Callable[[World], T], monkeypatch: pytest.MonkeyPatch) -> T:
    """What the work gives in the first of so many processes, which is this one, while the others do it as
    well.
    """
    with free_port() as port:
        monkeypatch.setenv("MASTER_ADDR", HERE)
        monkeypatch.setenv("MASTER_PORT", str(port))

    def as_rank(rank: int) -> T:
        with meeting(Launch(rank, size, rank, HERE)) as world:
            return work(world)

    with forked(partial(as_rank, rank) for rank in range(1, size)) as others:  # type: ignore[misc]
        found = as_rank(0)
        ended = [other.finished() for other in others]
        assert all(ended)
        return found
