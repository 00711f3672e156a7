"""Answers beside what was read with their texts: the columns that are passed through, and which are blank."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
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

    from nlpkit.cli.growing import State
    from nlpkit.data.reading.columns import Columns
    from nlpkit.models.added import AddedColumns
    from nlpkit.models.text_model import TextModel


class Answers:
    """Writes the answers to texts that were read, in their order; `done` counts those that were answered.

    What is answered already, as `state` says, is read once more and left. `left_out` are the lines of records
    that were left out, in order: they count as rows.
    """

    def __init__(
        self,
        model: TextModel,
        write: Callable[[Answered], None],
        state: State,
        *,
        kept: int = 0,
        added: AddedColumns,
        left_out: Sequence[int] = (),
    ) -> None:
        self.read = 0
        self.done, self.abstained = state.texts, state.abstained
        self._added, self._left_out = added, left_out
        self._texts: list[str] = []  # those not answered yet, where plugins add something
        self._model, self._write = model, write
        self._sample = Sample()
        self._kept: list[list[object]] = [[] for _ in range(kept)]
        self._rows: list[int] = []  # of texts that are not answered yet, where they differ from their places
        self._blank: list[int] = []  # places, from 0, of texts that are not answered yet
        self._blank_rows: list[int] = []  # the first of all
        self._blank_count = 0

    def reading(self, columns: Columns) -> list[str]:
        """The texts of some columns that have no answer yet; what else is in these is kept until then."""
        start, skipped = self.read, max(0, min(self.done - self.read, len(columns.texts)))
        self.read += len(columns.texts)
        blank = [place for place, text in enumerate(columns.texts, start) if is_blank(text)]
        rows = self._rows_of(columns, start)
        self._blank += blank if not skipped else [place for place in blank if place >= start + skipped]
        self._blank_rows += [rows[place - start] for place in blank[:SHOWN]]
        del self._blank_rows[SHOWN:]
        self._blank_count += len(blank)
        self._sample.add(columns.texts)
        self._rows += rows[skipped:] if self._left_out else ()
        for kept, values in zip(self._kept, columns.others, strict=True):
            kept += values[skipped:]
        texts = columns.texts[skipped:] if skipped else columns.texts
        self._texts += texts if self._added.names else ()
        return texts

    def _rows_of(self, columns: Columns, start: int) -> Sequence[int]:
        """The number of the row of each text in the input, from 1."""
        places = range(start + 1, start + 1 + len(columns.texts))
        if not self._left_out:
            return places
        if not self._rows:  # texts before the first that was left out
            self._rows += range(self.done + 1, start + 1)
        lines = zip(places, columns.lines, strict=True)
        return [place + bisect_left(self._left_out, line) for place, line in lines]

    def __call__(self, found: NDArray[np.float64]) -> None:
        """Write the answers to the next texts, from their probabilities (texts, classes)."""
        count, start = len(found), self.done
        blank = [place - start for place in takewhile(lambda place: place < start + count, self._blank)]
        kept = [values[:count] for values in self._kept]
        rows = self._rows[:count] or range(start + 1, start + count + 1)
        decision = self._model.decision
        labels, sets = decision.given(found), decision.set_ids(found) if decision.has_sets else ()
        self.abstained += labels.count(None)
        added = self._added(self._texts[:count], found)
        self._write(Answered(rows, labels, found, kept, blank, added, sets))
        for values in self._kept:
            del values[:count]
        del self._texts[:count], self._rows[:count]
        del self._blank[: len(blank)]
        self.done += count

    def notes(self) -> list[Note]:
        """What is worth knowing about all of them."""
        return [
            *self._blank_note(),
            *self._abstained_note(),
            *oddities(self._sample.texts, self._model.indexing),
        ]

    def _abstained_note(self) -> list[Note]:
        if not (count := self.abstained):
            return []
        asked = self._model.decision.asked
        why = f"of which the model is not sure enough ({asked.goal} = {asked.value})"
        return [Note(f"{counted(count, 'text')} of {self.done:,} without a label, {why}")]

    def _blank_note(self) -> list[Note]:
        if not (count := self._blank_count):
            return []
        alone, several = "text is blank, so its class means", "texts are blank, so their classes mean"
        means = counted(count, alone, several)
        return [Note(f"{means} nothing ({first('row', self._blank_rows, count)})")]
