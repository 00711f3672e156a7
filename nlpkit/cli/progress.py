"""What a run shows while it goes on: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from nlpkit.cli.output import complain
from nlpkit.system.terminal import LOUD, plain

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from nlpkit.runs.observer import Observer
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import EpochReport

LINES_PER_EPOCH = 5


@contextmanager
def observer_of(stream: TextIO) -> Iterator[Observer]:
    """The observer that suits a stream."""
    if not on_terminal(stream):
        yield PlainObserver()
        return
    with _bar(stream, "{task.completed:.0f}/{task.total} {task.fields[sums]}") as progress:
        yield BarObserver(progress)


def _bar(stream: TextIO, told: str, *, auto_refresh: bool = True) -> Progress:
    """A bar with what is `told` beside it, and the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    columns = TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn(told)
    return Progress(
        *columns, TimeRemainingColumn(), console=console, auto_refresh=auto_refresh, transient=True
    )


def on_terminal(stream: TextIO) -> bool:
    """Whether a stream shows a bar as one."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def texts_bar(stream: TextIO, description: str) -> Iterator[Callable[[int, float], None]]:
    """How much of a file is done, of how many texts and how fast; shown on a terminal, after a second.

    It is called with the texts that are done, and the share of all that they are.
    """
    since = time.monotonic()
    progress: Progress | None = None

    def show(texts: int, fraction: float) -> None:
        nonlocal progress
        seconds = time.monotonic() - since
        if seconds < 1 or not on_terminal(stream):
            return
        if progress is None:
            told = "{task.percentage:>3.0f}% {task.fields[rate]}"
            progress = _bar(
                stream, told, auto_refresh=False
            )  # by a thread, and processes are forked meanwhile
            progress.add_task(description, total=1.0, rate="")
            progress.start()
        rate = f"{texts:,} texts, {texts / seconds:,.0f} texts/s"
        progress.update(progress.task_ids[0], completed=fraction, rate=rate, refresh=True)

    try:
        yield show
    finally:
        if progress:
            progress.stop()


def epoch_sentence(report: EpochReport) -> str:
    """An epoch in one line of at most 80 columns."""
    valid = "".join(
        f" {short}={report.valid[name]:.3f}"
        for short, name in (("acc", "accuracy"), ("loss", "log_loss"))
        if name in report.valid
    )
    return (
        f"epoch {report.epoch}/{report.epochs}: loss={report.train_loss:.3f} acc={report.train_accuracy:.3f}"
        + (f"  valid{valid}" if valid else "")
        + f"  {report.texts_per_second:,.0f} texts/s"
        + (f"  pad={report.padding_fraction:.0%}" if report.padding_fraction else "")
    )


def note_text(sentence: str, *, loud: bool) -> str:
    return f"{LOUD}\n{sentence}\n{LOUD}" if loud else f"note: {sentence}"


class PlainObserver:
    """Lines on stderr that a file or a pipe can keep."""

    def __init__(self) -> None:
        self._next = 0

    def stage(self, sentence: str) -> None:
        complain(sentence)

    def note(self, sentence: str, *, loud: bool = False) -> None:
        complain(note_text(sentence, loud=loud))

    def step(self, progress: TrainingProgress) -> None:
        every = -(-progress.total // LINES_PER_EPOCH)
        self._next = self._next or every
        if self._next <= progress.texts < progress.total:
            self._next = (progress.texts // every + 1) * every
            complain(f"  {progress.texts:,}: loss={progress.loss:.3f} acc={progress.accuracy:.3f}")

    def epoch(self, report: EpochReport) -> None:
        self._next = 0
        complain(epoch_sentence(report))


class BarObserver:
    """A bar with running loss and accuracy, and a line for each epoch that is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._shown = 0.0

    def stage(self, sentence: str) -> None:
        self._progress.console.print(plain(sentence))

    def note(self, sentence: str, *, loud: bool = False) -> None:
        text = plain(note_text(sentence, loud=loud))
        self._progress.console.print(text, style="bold red" if loud else "yellow")

    def step(self, progress: TrainingProgress) -> None:
        now = time.monotonic()
        if now - self._shown < 0.1:  # reading the sums waits for the device
            return
        self._shown = now
        if self._task is None:
            self._task = self._progress.add_task("epoch", total=progress.total, sums="")
        self._progress.update(
            self._task,
            description=f"epoch {progress.epoch}/{progress.epochs}",
            completed=progress.texts,
            sums=f"loss={progress.loss:.3f} acc={progress.accuracy:.3f}",
        )

    def epoch(self, report: EpochReport) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        self._progress.console.print(epoch_sentence(report))
