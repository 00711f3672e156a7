"""Dask predicts nlpkit's shards, one future for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit import Engine, RunTasks, hookimpl, refuse, whole

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["Dask"]


@dataclass(frozen=True)
class Dask(Engine):
    """Futures of Dask, on a cluster or on this machine.

    scheduler: the address of a scheduler, such as "tcp://head:8786"; where unset, workers are started here
    workers: how many worker processes are started here; one per core where unset
    retries: how often a shard is tried again whose worker or machine is gone
    """

    scheduler: str | None = None
    workers: int | None = None
    retries: int = 10

    def __post_init__(self) -> None:
        both = self.scheduler is not None and self.workers is not None
        refuse(
            whole(1, 4096, workers=self.workers) | whole(0, 1000, retries=self.retries),
            {"workers": "is for those that are started here, and scheduler has its own"} if both else {},
        )

    def build(self) -> RunTasks:
        from nlpkit_dask.running import run

        return partial(run, self)


NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("dask", Dask)
