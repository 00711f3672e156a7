"""What a run shows while it goes on: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, TextIO

from nlpkit.runs.observer import Observer, Observers, WarningObserver
from nlpkit.system.terminal import LOUD, plain

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from nlpkit.notes import Note
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import EpochReport

SILENT_SECONDS = 30  # of an epoch, where lines are kept


@contextmanager
def watching(observer: Observer | None, *, progress: bool) -> Iterator[Observer]:
    """The observer and, with `progress`, one that shows it; without either, loud notes are warnings."""
    with observer_of(sys.stderr) if progress else nullcontext() as shown:
        watchers = [each for each in (observer, shown) if each is not None]
        yield Observers(*(watchers or [WarningObserver()]))


@contextmanager
def observer_of(stream: TextIO) -> Iterator[Observer]:
    """The observer that suits a stream, or a notebook."""
    from rich.progress import MofNCompleteColumn, TextColumn

    progress = bar_on(stream, MofNCompleteColumn(), TextColumn("{task.fields[sums]}"))
    if on_terminal(stream) or (progress.console.is_jupyter and find_spec("ipywidgets")):
        with progress:
            yield BarObserver(progress)
    else:
        yield PlainObserver(stream)


def on_terminal(stream: TextIO) -> bool:
    """Whether a stream shows a bar as one."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def bar_on(stream: TextIO, *columns: ProgressColumn, auto_refresh: bool = True) -> Progress:
    """A bar between a description and some columns, which is gone at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    front = TextColumn("{task.description}"), BarColumn(bar_width=None)
    return Progress(*front, *columns, console=console, auto_refresh=auto_refresh, transient=True)


def epoch_sentence(report: EpochReport) -> str:
    """An epoch in one line of at most 80 columns."""
    valid = "".join(
        f" {short}={report.valid[name]:.3f}"
        for short, name in (("acc", "accuracy"), ("loss", "log_loss"))
        if name in report.valid
    )
    train = f"loss={report.train_loss:.3f} acc={report.train_accuracy:.3f}"
    return (
        f"{_place(report)}: {train}"
        + (f"  valid{valid}" if valid else "")
        + f"  {report.texts_per_second:,.0f} texts/s"
        + (f"  pad={report.padding_fraction:.0%}" if report.padding_fraction else "")
    )


def _place(report: EpochReport | TrainingProgress) -> str:
    """Which epoch of how many, and of which classifier."""
    of = f"{report.member}: " if report.member else ""
    return f"{of}epoch {report.epoch}/{report.epochs}"


def note_text(note: Note) -> str:
    return f"{LOUD}\n{note.text}\n{LOUD}" if note.level == "loud" else f"note: {note.text}"


class PlainObserver(Observer):
    """Lines that a file or a pipe can keep; lost without a word where the stream is closed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told = time.monotonic()

    def stage(self, sentence: str) -> None:
        self._print(sentence)

    def note(self, note: Note) -> None:
        self._print(note_text(note))

    def step(self, progress: TrainingProgress) -> None:
        """A sign of life, where an epoch takes long."""
        if time.monotonic() - self._told >= SILENT_SECONDS:
            place = f"{_place(progress)}, text {progress.texts:,} of {progress.total:,}"
            self._print(f"  {place}: loss={progress.loss:.3f} acc={progress.accuracy:.3f}")

    def epoch(self, report: EpochReport) -> None:
        self._print(epoch_sentence(report))

    def _print(self, text: str) -> None:
        self._told = time.monotonic()
        with suppress(OSError, ValueError):
            print(plain(text), file=self._stream, flush=True)


class BarObserver(Observer):
    """A bar with running loss and accuracy, and a line for each epoch that is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._shown = 0.0

    def stage(self, sentence: str) -> None:
        self._progress.console.print(plain(sentence))

    def note(self, note: Note) -> None:
        style = "bold red" if note.level == "loud" else "yellow"
        self._progress.console.print(plain(note_text(note)), style=style)

    def step(self, progress: TrainingProgress) -> None:
        now = time.monotonic()
        if now - self._shown < 0.1:  # reading the sums waits for the device
            return
        self._shown = now
        if self._task is None:
            self._task = self._progress.add_task("epoch", total=progress.total, sums="")
        self._progress.update(
            self._task,
            description=_place(progress),
            completed=progress.texts,
            sums=f"loss={progress.loss:.3f} acc={progress.accuracy:.3f}",
        )

    def epoch(self, report: EpochReport) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        self._progress.console.print(epoch_sentence(report))
