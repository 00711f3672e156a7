"""The classifiers of a run trained at once, each core with its share of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from nlpkit.errors import ConfigError
from nlpkit.models import written
from nlpkit.models.model import ModelSettings
from nlpkit.notes import Note
from nlpkit.runs.checkpoints import finished
from nlpkit.runs.told import Told
from nlpkit.runs.trained import Trained, train
from nlpkit.system.forking import Child, can_fork, cores, forked
from nlpkit.system.terminal import listed

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.experiment.value import Member
    from nlpkit.runs.checkpoints.place import Place
    from nlpkit.vocab import Labels

_STOP_SECONDS: Final = 1.9
_LOST: Final = "a process that was training ended early, perhaps for lack of memory,"


@dataclass(frozen=True)
class Job:
    """A classifier to train, its `name` among those of the run, and the seed; of several seeds, `turn` and
    `said` are what that one is called and which it is.
    """

    member: Member
    name: str
    seed: int
    turn: str = ""
    said: str = ""

    @property
    def folder(self) -> str:
        """Where it is kept."""
        return "-".join(filter(None, (self.turn, self.name)))


def train_all(
    jobs: Sequence[Job], splits: Splits, labels: Labels, told: Told, kept: Place, *, pooled: bool
) -> list[Trained]:
    """Train each of several classifiers, here and in processes forked from this one: the same bits as one
    after the other. Those that are finished in the place where they are `kept` are read. A seed has several
    of them where they are `pooled`.
    """
    processes = min(len(jobs), cores()) if _can_share([job.member for job in jobs]) else 1

    def work(place: int, told: Told) -> Trained:
        job = jobs[place]
        if len(jobs) == 1:
            return train(job.member, splits, labels, job.seed, told, kept=kept.of(job.folder))
        done = folder / job.folder / "finished"
        if found := finished.read(done, job.member, told):
            return found
        if job.said:
            told.say(f"{job.said}{f', {job.name}' * pooled}: {job.seed}")
        told.turn, told.member = job.turn, job.name * pooled
        notes, epochs = len(told.notes), len(told.epochs)
        trained = train(job.member, splits, labels, job.seed, told, kept=kept.of(job.folder))
        told.turn = told.member = ""
        if processes > 1 or kept.folder:
            finished.write(done, trained, told.notes[notes:], told.epochs[epochs:])
        return trained

    def work_away(share: range) -> None:
        for place in share:
            work(place, Told(once=told.once))

    found: dict[int, Trained] = {}
    with ExitStack() as stack:
        folder = kept.folder or Path(stack.enter_context(TemporaryDirectory()))
        shares = [range(rank, len(jobs), processes) for rank in range(processes)]
        children = stack.enter_context(forked(partial(work_away, share) for share in shares[1:]))
        stack.push(partial(_stop_gently, children))
        for place in shares[0]:
            found[place] = work(place, told)
        for child, share in zip(children, shares[1:], strict=True):
            if child.alive():
                told.say(f"waiting for {', '.join(jobs[place].folder for place in share)}")
            child.finished()
            if child.killed:
                lost = listed([jobs[place].folder for place in share])
                told.note(Note(f"{_LOST} and the work of {lost} is done again"))
            for place in share:  # where the process failed its error is raised here
                found[place] = work(place, told)
    return [found[place] for place in range(len(jobs))]


def _stop_gently(children: Sequence[Child], kind: type[BaseException] | None, *error: object) -> None:
    """After a signal, let the others keep what they have."""
    if kind is None or not issubclass(kind, KeyboardInterrupt):
        return
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < until and any(child.alive() for child in children):
        time.sleep(0.01)


def _can_share(members: Sequence[Member]) -> bool:
    """Whether processes may train some of them: each is alone, on the CPU, and can be written down."""
    from nlpkit.training.devices import sees_a_gpu

    def writable(member: Member) -> bool:
        try:
            written.require_writable(ModelSettings.of(member))
        except ConfigError:
            return False
        return True

    alone = all(getattr(member.trainer, "workers", 1) == 1 for member in members)
    return len(members) > 1 and alone and can_fork() and not sees_a_gpu() and all(map(writable, members))
