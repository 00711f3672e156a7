"""A bar for what verbs do with a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from nlpkit.runs.progress import bar_on, on_terminal
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from rich.progress import Progress


@contextmanager
def texts_bar(stream: TextIO, description: str, before: int = 0) -> Iterator[Callable[[int, float], None]]:
    """How much of a file is done, of how many texts and how fast; shown on a terminal, after a second.

    It is called with the texts that are done, and the share of all that they are; `before` of them were done
    by another process.
    """
    since = time.monotonic()
    bar: Progress | None = None

    def show(texts: int, fraction: float) -> None:
        nonlocal bar
        seconds = time.monotonic() - since
        if seconds < 1 or not on_terminal(stream):
            return
        bar = bar or _started(stream, description)
        rate = f"{counted(texts, 'text')}, {(texts - before) / seconds:,.0f} texts/s"
        bar.update(bar.task_ids[0], completed=fraction, rate=rate, refresh=True)

    try:
        yield show
    finally:
        if bar:
            bar.stop()


def _started(stream: TextIO, description: str) -> Progress:
    from rich.progress import TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn()
    # not refreshed by a thread: processes are forked meanwhile
    progress = bar_on(stream, *columns, auto_refresh=False)
    progress.add_task(description, total=1.0, rate="")
    progress.start()
    return progress
