"""Spark predicts nlpkit's shards, one task for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit import Engine, RunTasks, hookimpl, refuse, whole

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["Spark"]


@dataclass(frozen=True)
class Spark(Engine):
    """Tasks of Spark, on a cluster or on this machine.

    master: where Spark runs, such as "spark://head:7077", "yarn" or "local[2]"
    retries: how often a shard is tried again whose worker or machine is gone
    memory: what each executor may take, such as "2g"; what Spark says where unset
    """

    master: str = "local[*]"
    retries: int = 10
    memory: str | None = None

    def __post_init__(self) -> None:
        refuse(
            whole(0, 1000, retries=self.retries),
            {} if self.master.strip() else {"master": "is empty; for this machine it is local[*]"},
        )

    def build(self) -> RunTasks:
        from nlpkit_spark.running import run

        return partial(run, self)


NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("spark", Spark)
