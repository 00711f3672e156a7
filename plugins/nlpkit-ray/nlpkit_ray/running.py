"""Tasks of nlpkit as core tasks of Ray, which tries again those that are lost with a worker or a machine."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nlpkit import ConfigError, LostError, MissingError

if TYPE_CHECKING:
    from nlpkit_ray import Ray

Task = dict[str, Any]
CONNECT_SECONDS = 10  # in which a cluster has to answer
AHEAD = 2  # tasks for each core: one is worked on, and the next one is there already


def run(settings: Ray, work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
    """Call `work` with each task on the cluster, and give what each call gives back as soon as it does."""
    ray = _ray()
    waiting: dict[Any, Task] = {}
    with _connected(ray, settings):
        remote = ray.remote(num_cpus=1, max_retries=settings.retries)(work)
        try:
            for task in tasks:
                while len(waiting) >= AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1))):
                    yield _next(ray, waiting)
                waiting[remote.remote(task)] = task
            while waiting:
                yield _next(ray, waiting)
        finally:
            for each in waiting:
                ray.cancel(each)


def _next(ray: Any, waiting: dict[Any, Task]) -> Task:
    """What the next task that ends gives back."""
    [done], _ = ray.wait(list(waiting), num_returns=1)
    task = waiting.pop(done)
    try:
        return dict(ray.get(done))
    except (ray.exceptions.RayTaskError, ray.exceptions.GetTimeoutError):
        raise  # by the work itself
    except ray.exceptions.RayError as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise LostError(
            f"its workers died again and again: {reason}",
            hint="if memory is short, make shards smaller; else raise engine.retries",
            location=task["called"],
        ) from error


@contextmanager
def _connected(ray: Any, settings: Ray) -> Iterator[None]:
    """Connected to the cluster; a Ray that is started here ends with it, and one that was there stays."""
    if ray.is_initialized():
        yield
        return
    given: dict[str, Any] = {"address": settings.address} if settings.address else {"num_cpus": settings.cpus}
    before = signal.getsignal(signal.SIGTERM)  # which Ray takes
    try:
        _check_answers(settings.address or "")
        if not settings.address:
            given |= {"address": "local", "include_dashboard": False}
        ray.init(log_to_driver=False, logging_level="ERROR", **given)
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        hint = (
            "start one with: ray start --head, or leave out engine.address to start it here; one that asks "
            "for a token takes it from RAY_AUTH_TOKEN, with RAY_AUTH_MODE=token"
        )
        raise ConfigError(f"no Ray answers: {reason}", hint=hint, location=settings.address or "") from error
    finally:
        if callable(before) or isinstance(before, signal.Handlers):
            signal.signal(signal.SIGTERM, before)
    try:
        yield
    finally:
        ray.shutdown()


def _check_answers(address: str) -> None:
    """OSError where nobody is at an address, which Ray itself takes ten minutes to find out."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it reports its use where nobody says no
    try:
        import ray
    except ImportError as error:
        raise MissingError("the engine needs Ray", hint="install it with: pip install ray") from error
    return ray
