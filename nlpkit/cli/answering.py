"""Answers beside what was read with their texts: the columns that are passed through, and which are blank."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING

from nlpkit.cli.answers import Answered
from nlpkit.data.blank import is_blank
from nlpkit.data.reading.notes import SHOWN, first
from nlpkit.notes import Note
from nlpkit.system.terminal import counted
from nlpkit.text.oddities import Sample, oddities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.reading.columns import Columns
    from nlpkit.models.added import AddedColumns
    from nlpkit.models.text_model import TextModel


class Answers:
    """Writes the answers to texts that were read, in their order; `rows` counts them."""

    def __init__(
        self, model: TextModel, write: Callable[[Answered], None], *, kept: int = 0, added: AddedColumns
    ) -> None:
        self.rows_read = self.rows = 0
        self._added = added
        self._texts: list[str] = []  # those not answered yet, where plugins add something
        self._model, self._write = model, write
        self._sample = Sample()
        self._kept: list[list[object]] = [[] for _ in range(kept)]
        self._blank: list[int] = []  # rows that are not answered yet
        self._blank_rows: list[int] = []  # the first of all
        self._blank_count = 0
        self._abstained = 0

    def reading(self, columns: Columns) -> list[str]:
        """The texts of some columns; what else is in these is kept until they are answered."""
        rows = enumerate(columns.texts, self.rows_read + 1)
        blank = [row for row, text in rows if is_blank(text)]
        self._blank += blank
        self._blank_rows = (self._blank_rows + blank)[:SHOWN]
        self._blank_count += len(blank)
        self.rows_read += len(columns.texts)
        self._sample.add(columns.texts)
        for kept, values in zip(self._kept, columns.others, strict=True):
            kept += values
        self._texts += columns.texts if self._added.names else ()
        return columns.texts

    def __call__(self, found: NDArray[np.float64]) -> None:
        """Write the answers to the next texts, from their probabilities (texts, classes)."""
        count, start = len(found), self.rows + 1
        blank = [row - start for row in takewhile(lambda row: row < start + count, self._blank)]
        kept = [values[:count] for values in self._kept]
        decision = self._model.decision
        labels, sets = decision.given(found), decision.set_ids(found) if decision.has_sets else ()
        self._abstained += labels.count(None)
        added = self._added(self._texts[:count], found)
        self._write(Answered(start, labels, found, kept, blank, added, sets))
        for values in self._kept:
            del values[:count]
        del self._texts[:count]
        del self._blank[: len(blank)]
        self.rows += count

    def notes(self) -> list[Note]:
        """What is worth knowing about all of them."""
        return [
            *self._blank_note(),
            *self._abstained_note(),
            *oddities(self._sample.texts, self._model.indexing),
        ]

    def _abstained_note(self) -> list[Note]:
        if not (count := self._abstained):
            return []
        asked = self._model.decision.asked
        why = f"of which the model is not sure enough ({asked.goal} = {asked.value})"
        return [Note(f"{counted(count, 'text')} of {self.rows:,} without a label, {why}")]

    def _blank_note(self) -> list[Note]:
        if not (count := self._blank_count):
            return []
        alone, several = "text is blank, so its class means", "texts are blank, so their classes mean"
        means = counted(count, alone, several)
        return [Note(f"{means} nothing ({first('row', self._blank_rows, count)})")]
