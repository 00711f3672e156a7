"""A collator on trial: rows of several batches, and what it makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nlpkit.batch import Batch, FlatBatch, PaddedBatch
from nlpkit.components.kinds import Collator
from nlpkit.testing.promises import Bench, Skipped, expect, trying
from nlpkit.testing.samples import many_rows, ragged, sample_rows
from nlpkit.vocab import PADDING_ID, Vocab

if TYPE_CHECKING:
    from nlpkit.ragged import Ragged

Rows = Sequence[Sequence[int]]


@dataclass
class CollatorBench(Bench):
    """The rows of several batches."""

    component: Collator
    vocab: Vocab

    def prepare(self) -> None:
        import torch  # noqa: F401

    def uses(self) -> Iterator[str]:
        collate = self.component.build(self.vocab)
        yield "build(vocab)"
        collate(ragged(sample_rows(self.vocab)))
        yield "collating rows"

    def batches(self, **changes: Any) -> Iterator[tuple[str, Rows, Batch]]:
        """What rows there are, the rows, and what the collator makes of them with some settings changed."""
        rows = sample_rows(self.vocab)
        given = {
            "one row of one id": [rows[0]],
            "one row of 40 ids": [rows[8]],
            "rows of one id each": [rows[0], rows[5], rows[10]],
            "rows of one length": [rows[2], rows[6]],
            "rows of 1 to 40 ids": rows,
            "100 rows of 1 to 9 ids": many_rows(self.vocab, 100),
        }
        return ((what, rows, self.batch(rows, what, **changes)) for what, rows in given.items())

    def batch(self, rows: Rows | Ragged, what: str, **changes: Any) -> Batch:
        """What the collator makes of some rows, with some settings changed."""
        with trying(f"collating {what}"):
            collate = replace(self.component, **changes).build(self.vocab)
            return collate(ragged(rows) if isinstance(rows, Sequence) else rows)

    def found(self, batch: Batch, what: str) -> list[list[int]]:
        """The ids of each text in a batch, without padding and specials."""
        added = range(2, 2 + len(self.vocab.specials))
        return [[id for id in row if id not in added] for row in rows_in(batch, what)]


def rows_in(batch: Batch, what: str) -> list[list[int]]:
    """The ids of each text in a batch; Skipped for a layout that nlpkit does not know."""
    if isinstance(batch, PaddedBatch):
        expect(batch.ids.ndim == 2, f"{what} give ids of shape {tuple(batch.ids.shape)}, not (B, T)")
        return [[id for id in row if id != PADDING_ID] for row in batch.ids.tolist()]
    if isinstance(batch, FlatBatch):
        starts = batch.offsets.tolist()
        ids = batch.ids.tolist()
        return [ids[start:end] for start, end in zip(starts, [*starts[1:], len(ids)], strict=True)]
    raise Skipped(f"where a text begins in a {type(batch).__name__} is not known")
