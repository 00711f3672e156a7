"""Texts on their way through a model: arguments, a file while it is read, a stream as it comes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.cli.output import complain
from nlpkit.cli.reading import layout, naming_columns, note, typed_texts
from nlpkit.errors import DataError

if TYPE_CHECKING:
    from nlpkit.data.reading.readers import Reading
    from nlpkit.data.reading.source.stream import Stream
    from nlpkit.models.text_model import TextModel
    from nlpkit.predicting.answering import Answers
    from nlpkit.predicting.growing import Growing
    from nlpkit.predicting.left_out import LeftOut

STREAM_TEXTS = 1 << 15  # texts of a stream that are answered together, at the most
STREAM_CHARS = 1 << 24
STDIN = Path("-")


@dataclass(frozen=True)
class Predicting:
    """A model, and what the options say of its texts: `kept` columns, `workers`, and how files are read.

    Records that cannot be read go to `left_out`, or stop it where that is None.
    """

    model: TextModel
    kept: tuple[str, ...]
    workers: int | None
    options: Mapping[str, Any]
    left_out: LeftOut | None

    def reading(self, source: Path | Stream) -> Reading:
        """Texts and the columns that are kept, read as the options say and as the model remembers."""
        from nlpkit.data.reading.columns import Asked
        from nlpkit.data.reading.readers import Reading
        from nlpkit.predicting.kept import check_kept

        if isinstance(source, Path):
            found = layout(source, self.options, self.model.layout)
        else:
            as_lines = {**self.options, "format": self.options["format"] or "txt"}
            found = layout(STDIN, as_lines, self.model.layout)
        check_kept(self.kept, found)
        reading = Reading(source, found, Asked(label=False, others=self.kept))
        reading.notes.left_out = self.left_out
        return reading

    def arguments(self, answers: Answers, texts: tuple[str, ...]) -> None:
        """Answer texts that are given."""
        from nlpkit.data.reading.columns import Columns

        given = Columns(typed_texts(texts))
        answers(self.model.probabilities(answers.reading(given)))

    def file(self, reading: Reading, answers: Answers, grows: Growing | None, *, bar: bool) -> None:
        """Answer the texts of a file while it is read, and keep what is answered of a file that grows."""
        from nlpkit.cli.progress import texts_bar
        from nlpkit.predicting.answering import answering
        from nlpkit.predicting.growing import Seen

        seen = Seen(grows.state, str(reading.source)) if grows else None
        with (
            naming_columns(self.options, reading.layout, self.model.layout),
            closing(answering(self.model, reading, answers, workers=self.workers, seen=seen)) as blocks,
            texts_bar(sys.stderr, "predicting", answers.done) as show,
        ):
            for _ in blocks:
                if grows:
                    grows.keep(answers, seen, self._left_out_count)
                if bar:
                    show(answers.done, reading.fraction * answers.done / answers.read)
        self._require_some(answers)
        if grows:
            grows.end(answers, seen, self._left_out_count)
        note(reading.all_notes())

    def stream(self, answers: Answers) -> None:
        """Answer the texts of stdin: many at once where they come fast, each at once where they do not."""
        from nlpkit.data.reading.source.stream import Stream

        waiting: list[str] = []
        chars = 0

        def give_waiting() -> None:
            nonlocal chars
            if waiting:
                answers(self.model.probabilities(waiting, workers=self.workers))
                waiting.clear()
                chars = 0

        reading = self.reading(Stream(sys.stdin.buffer, give_waiting))
        try:
            with naming_columns(self.options, reading.layout, self.model.layout):
                for columns in reading:
                    waiting += answers.reading(columns)
                    chars += sum(map(len, columns.texts))
                    if len(waiting) >= STREAM_TEXTS or chars > STREAM_CHARS:
                        give_waiting()
        except DataError:  # what is above it is answered
            give_waiting()
            raise
        give_waiting()
        self._require_some(answers)
        note(reading.notes.all())

    @property
    def _left_out_count(self) -> int:
        """The records that were left out so far."""
        return len(self.left_out.lines) if self.left_out else 0

    def _require_some(self, answers: Answers) -> None:
        """Where all records were left out, the first one's refusal says what is wrong with the file."""
        if self.left_out and self.left_out.first and not answers.read:
            complain("no record can be read, and this is what is wrong with the first:")
            raise self.left_out.first
