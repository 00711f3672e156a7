"""Tasks of nlpkit as futures of Dask; those that are lost with a worker or a machine are tried again."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from nlpkit import ConfigError, LostError, MissingError

if TYPE_CHECKING:
    from nlpkit_dask import Dask

Task = dict[str, Any]
AHEAD = 2  # tasks for each thread of a worker: one is worked on, and the next one is there already
CONNECT_SECONDS = 10  # in which a scheduler has to answer
WORKER_SECONDS = 60  # in which a worker has to be there


def run(settings: Dask, work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
    """Call `work` with each task on the cluster, and give what each call gives back as soon as it does."""
    distributed = _distributed()
    with _connected(distributed, settings) as client:
        ended = distributed.as_completed(loop=client.loop)
        waiting: dict[Any, tuple[Task, int]] = {}  # with how often it was lost

        def submit(task: Task, lost: int) -> None:
            future = client.submit(work, task, pure=False)
            waiting[future] = task, lost
            ended.add(future)

        def next_done() -> Iterator[Task]:
            future = next(ended)
            task, lost = waiting.pop(future)
            try:
                yield dict(future.result())
            except (distributed.KilledWorker, distributed.CancelledError) as error:
                if lost == settings.retries:
                    raise _given_up(task) from error
                submit(task, lost + 1)

        try:
            for task in tasks:
                while len(waiting) >= AHEAD * max(1, sum(client.nthreads().values())):
                    yield from next_done()
                submit(task, 0)
            while waiting:
                yield from next_done()
        finally:
            client.cancel(list(waiting))


def _given_up(task: Task) -> LostError:
    return LostError(
        "its workers died again and again",
        hint="if memory is short, make shards smaller; else raise engine.retries",
        location=task["called"],
    )


@contextmanager
def _connected(distributed: Any, settings: Dask) -> Iterator[Any]:
    """A client of the cluster; one that is started here ends with it."""
    with ExitStack() as stack:
        if settings.scheduler is None:
            cluster = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=settings.workers or _cores(),
                    threads_per_worker=1,
                    dashboard_address=None,
                    silence_logs=50,  # none below the gravest
                )
            )
        try:
            address = settings.scheduler or cluster
            client = stack.enter_context(
                distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            )
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            reason = str(error).strip().split("\n", 1)[0]
            hint = "start both: dask scheduler, and dask worker with its address"
            location = settings.scheduler or ""
            raise ConfigError(
                f"no scheduler with a worker answers: {reason}", hint=hint, location=location
            ) from error
        yield client


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        hint = "install it with: pip install 'dask[distributed]'"
        raise MissingError("the engine needs Dask", hint=hint) from error
    return distributed
