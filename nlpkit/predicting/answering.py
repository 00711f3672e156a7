"""Answers beside what was read with their texts: the columns that are passed through, and which are blank."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from nlpkit.data.blank import is_blank
from nlpkit.data.reading.notes import SHOWN, first
from nlpkit.notes import Note
from nlpkit.predicting.answers import Answered
from nlpkit.system.terminal import counted
from nlpkit.text.oddities import Sample, oddities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.reading.columns import Columns
    from nlpkit.data.reading.readers import Reading
    from nlpkit.models.added import AddedColumns
    from nlpkit.models.text_model import TextModel
    from nlpkit.predicting.growing import Seen, State
    from nlpkit.scoring.decisions import Decision


@dataclass
class Tally:
    """Of how many texts there are answers, how many of these have no label, and how many texts are blank;
    the first blank ones have the numbers `blank_rows` in their file.
    """

    texts: int = 0
    abstained: int = 0
    blank: int = 0
    blank_rows: list[int] = field(default_factory=list)

    def notes(self, decision: Decision) -> list[Note]:
        """What is worth knowing about the answers of a model that decides so."""
        found = []
        if count := self.blank:
            alone, several = "text is blank, so its class means", "texts are blank, so their classes mean"
            where = f" ({first('row', self.blank_rows, count)})" if self.blank_rows else ""
            found.append(Note(f"{counted(count, alone, several)} nothing{where}"))
        if count := self.abstained:
            asked = decision.asked
            why = f"of which the model is not sure enough ({asked.goal} = {asked.value})"
            found.append(Note(f"{counted(count, 'text')} of {self.texts:,} without a label, {why}"))
        return found


class Answers:
    """Writes the answers to texts that were read, in their order; `done` counts those that were answered.

    What is answered already, as `state` says, is read once more and left. `left_out` are the lines of records
    that were left out, in order: they count as rows, and so do those `above` the first text.
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
        above: int = 0,
    ) -> None:
        self.read = 0
        self._above = above
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
        above = self._above + 1
        places = range(above + start, above + start + len(columns.texts))
        if not self._left_out:
            return places
        if not self._rows:  # texts before the first that was left out
            self._rows += range(above + self.done, above + start)
        lines = zip(places, columns.lines, strict=True)
        return [place + bisect_left(self._left_out, line) for place, line in lines]

    def __call__(self, found: NDArray[np.float64]) -> None:
        """Write the answers to the next texts, from their probabilities (texts, classes)."""
        count, start = len(found), self.done
        blank = [place - start for place in takewhile(lambda place: place < start + count, self._blank)]
        kept = [values[:count] for values in self._kept]
        above = self._above + 1
        rows = self._rows[:count] or range(above + start, above + start + count)
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

    @property
    def tally(self) -> Tally:
        """How many they are."""
        return Tally(self.done, self.abstained, self._blank_count, self._blank_rows)

    def notes(self) -> list[Note]:
        """What is worth knowing about all of them."""
        return [*self.tally.notes(self._model.decision), *self.oddities()]

    def oddities(self) -> list[Note]:
        """What is worth knowing about a sample of the texts."""
        return list(oddities(self._sample.texts, self._model.indexing))


def answering(
    model: TextModel,
    reading: Reading,
    answers: Answers,
    *,
    workers: int | None = None,
    seen: Seen | None = None,
    beside: Sequence[object] = (),
) -> Generator[None]:
    """Answer the texts of a file while it is read; one stops after each block that is answered.

    `beside` are values that every text has beside the columns that are read.
    """

    def texts() -> Generator[str]:
        for columns in reading:
            if seen:
                seen.add(columns)
            columns.others += ([value] * len(columns.texts) for value in beside)
            yield from answers.reading(columns)
        if seen:
            seen.end()

    with (
        closing(texts()) as given,  # here, or it is left to the end of the process
        closing(model.stream(given, workers=workers)) as stream,
    ):
        for found in stream:
            answers(found)
            yield
