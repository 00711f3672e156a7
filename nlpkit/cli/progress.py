"""A bar for what verbs do with a file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, TextIO

from nlpkit.runs.progress import bar_on, on_terminal

if TYPE_CHECKING:
    from rich.progress import Progress


class TextsBar:
    """How much of a file is done, of how many texts and how fast; shown on a terminal, after a second."""

    def __init__(self, stream: TextIO, description: str) -> None:
        self._stream = stream
        self._description = description
        self._since = time.monotonic()
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress:
            self._progress.stop()

    def __call__(self, texts: int, fraction: float) -> None:
        """So many texts are done, which is that share of all."""
        seconds = time.monotonic() - self._since
        if seconds < 1 or not on_terminal(self._stream):
            return
        self._progress = self._progress or self._started()
        rate = f"{texts:,} texts, {texts / seconds:,.0f} texts/s"
        self._progress.update(self._progress.task_ids[0], completed=fraction, rate=rate, refresh=True)

    def _started(self) -> Progress:
        from rich.progress import TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn()
        # not refreshed by a thread: processes are forked meanwhile
        progress = bar_on(self._stream, *columns, auto_refresh=False)
        progress.add_task(self._description, total=1.0, rate="")
        progress.start()
        return progress
