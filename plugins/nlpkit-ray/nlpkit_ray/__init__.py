"""Ray predicts nlpkit's shards, one core task for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nlpkit import Engine, RunTasks, hookimpl, refuse, whole

if TYPE_CHECKING:
    from nlpkit import Registry

__all__ = ["Ray"]


@dataclass(frozen=True)
class Ray(Engine):
    """Core tasks of Ray, on a cluster or on this machine.

    address: the cluster, such as "auto" or "ray://head:10001"; where unset, Ray is started on this machine
    cpus: cores that Ray takes where it is started here; all of them where unset
    retries: how often a shard is tried again whose worker or machine is gone
    """

    address: str | None = None
    cpus: int | None = None
    retries: int = 10

    def __post_init__(self) -> None:
        both = self.address is not None and self.cpus is not None
        refuse(
            whole(1, 4096, cpus=self.cpus) | whole(0, 1000, retries=self.retries),
            {"cpus": "is for a Ray that is started here, and address names one that runs"} if both else {},
        )

    def build(self) -> RunTasks:
        from nlpkit_ray.running import run

        return partial(run, self)


NLPKIT_PLUGIN_API = 1


@hookimpl
def nlpkit_register(registry: Registry) -> None:
    registry.add("ray", Ray)
