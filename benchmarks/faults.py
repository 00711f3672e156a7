"""Kills and failing disks at every place where a run writes: `python -m benchmarks.faults`.

A small run is held against the one that nothing happened to: weights, scores.json and predictions.csv have to
be the same bytes. Python tells of each file that is opened to write, made, renamed or removed before it is
done (sys.addaudithook), and there the process is killed, or the disk fails.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import nlpkit
from nlpkit.errors import NlpkitError
from nlpkit.experiment.value import Experiment
from nlpkit.runs.checkpoints.store import CheckpointEvery
from nlpkit.runs.resume import resume
from nlpkit.runs.run import run

EVENTS = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate")
DISK = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT)
STEPS = 40
REFUSED = 2


def experiment(steps: int = 4, workers: int = 1) -> Experiment:
    """Two epochs of so many steps in all, on generated texts."""
    data = nlpkit.Headlines(train_size=20 * steps, valid_size=20, test_size=20)
    encoder = nlpkit.EmbeddingMean(embedding=nlpkit.Embedding(size=4))
    trainer = nlpkit.Standard(batch_size=40, epochs=2, learning_rate=0.1, workers=workers)
    return Experiment(data=data, encoder=encoder, collator=nlpkit.Offsetify(), trainer=trainer)


def kept(experiment: Experiment, folder: Path) -> None:
    """A run that is kept after each step."""
    run(experiment, folder, checkpoint_every=CheckpointEvery(steps=1))


def digest(folder: Path) -> str:
    """What has to be the same."""
    parts = [
        folder / "scores.json",
        folder / "predictions.csv",
        *sorted((folder / "model").rglob("*.safetensors")),
    ]
    sha = hashlib.sha256()
    for path in parts:
        sha.update(path.read_bytes())
    return sha.hexdigest()


def count_of_places(work: Callable[[], object], within: Path) -> int:
    """How many times the work writes somewhere within a folder."""
    told = within.with_name("count-of-places")

    def counting() -> None:
        count = _Places(within, None, lambda: None)
        sys.addaudithook(count)
        work()
        told.write_text(str(count.count), encoding="utf-8")

    if waited(started(counting)):
        raise RuntimeError("the work fails by itself")
    return int(told.read_text(encoding="utf-8"))


def killed_at(place: int, work: Callable[[], object], within: Path) -> int:
    """Do the work in a process that is killed before it writes for the n-th time; its status."""

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    return waited(started(_hooked(work, _Places(within, place, die))))


def failing_at(place: int, code: int, work: Callable[[], object], within: Path) -> int:
    """Do the work in a process whose disk fails with an error from then on; its status."""

    def fail() -> NoReturn:
        raise OSError(code, os.strerror(code))

    return waited(started(_hooked(work, _Places(within, place, fail, for_ever=True))))


def _hooked(work: Callable[[], object], places: _Places) -> Callable[[], None]:
    def hooked() -> None:
        sys.addaudithook(places)
        work()

    return hooked


class _Places:
    """An audit hook that counts what is written within a folder, and does something at one of the places."""

    def __init__(
        self, within: Path, place: int | None, act: Callable[[], None], *, for_ever: bool = False
    ) -> None:
        self._within, self._place, self._act, self._for_ever = os.fspath(within), place, act, for_ever
        self.count = 0

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            writes = isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        else:
            writes = event in EVENTS
        if not writes or not str(given[0]).startswith(self._within):
            return
        self.count += 1
        if self.count == self._place or (self._for_ever and self._place and self.count > self._place):
            self._act()


def started(work: Callable[[], object]) -> int:
    """A process of its own group that does some work, with all modules there already."""
    import torch

    process = os.fork()
    if not process:
        code = 1
        try:
            os.setsid()
            torch.set_num_threads(1)
            warnings.simplefilter("ignore")
            work()
            code = 0
        except NlpkitError as error:
            code = REFUSED
            print(f"  {error}", flush=True)
        except BaseException as error:
            code = 1
            print(f"  {type(error).__name__}: {error}", flush=True)
        finally:
            os._exit(code)
    return process


def waited(process: int) -> int:
    """The exit code of a process, or minus the signal that has ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def outcome(folder: Path, whole: str, again: Callable[[], object]) -> str:
    """What becomes of a run that was stopped: it is there, goes on, or has not begun and is run again."""
    how = "was there"
    if not folder.is_dir():
        how = "resumed"
        if waited(started(partial(resume, folder))):
            how = "begun again"
            if waited(started(again)):
                return "FAILED"
    return how if digest(folder) == whole else f"{how}, OTHER BITS"


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        root, since = Path(place), time.monotonic()
        for name, campaign in {"kill": _kills, "fault": _faults, "step": _steps}.items():
            folder = root / name
            folder.mkdir()
            found = Counter(campaign(folder))
            print(f"{name}s: {', '.join(f'{count} {said}' for said, count in found.items())}", flush=True)
        print(f"{time.monotonic() - since:.0f} s")


def _kills(root: Path) -> list[str]:
    """Killed once at each place."""
    small = experiment()
    kept(small, root / "whole")
    whole = digest(root / "whole")
    places = count_of_places(partial(kept, small, root / "counted" / "run"), root / "counted")
    found = []
    for place in range(1, places + 1):
        folder = root / f"{place}" / "run"
        again = partial(kept, small, folder)
        killed_at(place, again, folder.parent)
        found.append(outcome(folder, whole, again))
        shutil.rmtree(folder.parent)
    return found


def _faults(root: Path) -> list[str]:
    """A disk that fails at 6 places in 4 ways, until it is mended."""
    small = experiment()
    kept(small, root / "whole")
    whole = digest(root / "whole")
    places = count_of_places(partial(kept, small, root / "counted" / "run"), root / "counted")
    found = []
    for part in range(6):
        for code in DISK:
            folder = root / f"{part}-{code}" / "run"
            again = partial(kept, small, folder)
            status = failing_at(1 + part * places // 6, code, again, folder.parent)
            found.append(outcome(folder, whole, again) if status in (0, REFUSED) else f"status {status}")
    return found


def _steps(root: Path) -> list[str]:
    """Stopped after each step, with one worker and with two."""
    found = []
    for workers in (1, 2):
        steps = experiment(STEPS, workers)
        run(steps, root / f"{workers}-whole")
        for step in range(1, STEPS + 1):
            folder = root / f"{workers}-{step}"
            waited(
                started(partial(run, steps, folder, _Stops(step), checkpoint_every=CheckpointEvery(steps=1)))
            )
            found.append(outcome(folder, digest(root / f"{workers}-whole"), lambda: 1 / 0))
    return found


class _Stops(nlpkit.Observer):
    """Kills the process after a step, once that is kept: when the next one is told of, or the epoch."""

    def __init__(self, step: int) -> None:
        self._left = step + 1

    def step(self, progress: Any) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def epoch(self, report: Any) -> None:
        if self._left == 1:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
