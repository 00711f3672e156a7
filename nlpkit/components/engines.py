"""The engine in the box: processes of this machine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from nlpkit.components.kinds import Engine, RunTasks, Task
from nlpkit.settings.values import refuse, whole
from nlpkit.system.forking import cores, in_turn
from nlpkit.system.sealed import from_json, to_json


@dataclass(frozen=True)
class Local(Engine):
    """Processes of this machine, each with one core.

    workers: how many work at once; one per core where unset
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        refuse(whole(1, 4096, workers=self.workers))

    def build(self) -> RunTasks:
        return partial(_run, self.workers or cores())


def _run(workers: int, work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
    def answer(message: bytes) -> bytes:
        return to_json(work(from_json(message)))

    with closing(in_turn(answer, map(to_json, tasks), workers)) as answers:
        yield from map(from_json, answers)
