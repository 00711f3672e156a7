"""What a collator promises.

Axes: B texts, T tokens of the longest one, N tokens of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal

from nlpkit.batch import FlatBatch, LengthBatch, PaddedBatch
from nlpkit.components.kinds import Collator
from nlpkit.system.terminal import counted
from nlpkit.testing.collator_bench import CollatorBench, Rows, rows_in
from nlpkit.testing.fresh import elsewhere_of
from nlpkit.testing.portable import GONE, elsewhere, kept_of
from nlpkit.testing.promises import Promise, Skipped, after_pickle, expect, trying
from nlpkit.testing.samples import in_brief, many_rows, ragged, renamed, sample_rows
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.surroundings import leaves_the_process_alone
from nlpkit.testing.values import differing, tensors_of
from nlpkit.vocab import PADDING_ID, UNKNOWN_ID, Vocab

if TYPE_CHECKING:
    pass


def gives_its_layout(bench: CollatorBench) -> None:
    """`produces` is what experiments are checked with."""
    for what, _, batch in bench.batches():
        produces, name = bench.component.produces, type(batch).__name__
        expect(isinstance(batch, produces), f"{what} give a {name} where produces says {produces.__name__}")


def gives_tensors(bench: CollatorBench) -> None:
    """Ids are int64, as embedding tables want them."""
    import torch

    for what, _, batch in bench.batches():
        for field in fields(batch):
            value = getattr(batch, field.name)
            expect(
                isinstance(value, torch.Tensor),
                f"`{field.name}` of {what} is a {type(value).__name__}, not a tensor",
            )
        expect(batch.ids.dtype == torch.int64, f"the ids of {what} are {batch.ids.dtype}, not torch.int64")


def keeps_every_text(bench: CollatorBench) -> None:
    """B is the number of rows."""
    for what, rows, batch in bench.batches():
        count = len(rows_in(batch, what))
        expect(count == len(rows), f"{what} give {counted(count, 'text')} where {len(rows)} are expected")


def keeps_every_id(bench: CollatorBench) -> None:
    """Specials may come in between."""
    for what, rows, batch in bench.batches(max_tokens=None):
        for row, ids in zip(rows, bench.found(batch, what), strict=False):
            expect(ids == list(row), f"{in_brief(row)} of {what} has become {in_brief(ids)}")


def keeps_what_was_asked_for(bench: CollatorBench) -> None:
    """A special may take the place of an id."""
    long = list(many_rows(bench.vocab, 3, longest=1)[0]) + [
        id for row in many_rows(bench.vocab, 9) for id in row
    ]
    rows = [long[:12], long[12:15], long[15:20], long[20:29]]
    keeps: tuple[Literal["head", "tail", "both"], ...] = ("head", "tail", "both")
    for keep in keeps:
        what = f"rows with max_tokens=5 and keep={keep!r}"
        batch = bench.batch(rows, what, max_tokens=5, keep=keep)
        for row, all_ids, ids in zip(rows, rows_in(batch, what), bench.found(batch, what), strict=False):
            room = min(len(row), 5)
            expected = ragged([row]).truncate(len(ids), keep)[0].tolist() if ids else []
            few = len(ids) < room and len(all_ids) < room
            expect(
                ids == expected and len(ids) <= room and not few,
                f"{in_brief(row)} with max_tokens=5 and keep={keep!r} has become {in_brief(all_ids)}",
            )


def pads_where_its_layout_says(bench: CollatorBench) -> None:
    """PaddedBatch: with 0, after a text. LengthBatch: lengths true, on the CPU. FlatBatch: offsets true."""
    seen = False
    for what, rows, batch in bench.batches():
        if isinstance(batch, PaddedBatch):
            seen = True
            _padded_on_the_right(batch, what)
        if isinstance(batch, LengthBatch):
            _lengths_true(batch, what)
        if isinstance(batch, FlatBatch):
            seen = True
            _offsets_true(batch, [len(row) for row in rows], what)
    if not seen:
        raise Skipped(f"where a {bench.component.produces.__name__} is padded is not known")


def _padded_on_the_right(batch: PaddedBatch, what: str) -> None:
    for row in batch.ids.tolist():
        tokens = sum(id != PADDING_ID for id in row)
        expect(
            PADDING_ID not in row[:tokens],
            f"a row of {what} is padded before or inside its text: {in_brief(row)}",
        )


def _lengths_true(batch: LengthBatch, what: str) -> None:
    import torch

    true = batch.mask().sum(dim=1).tolist()
    expect(
        batch.lengths.tolist() == true, f"lengths of {what} are {batch.lengths.tolist()}, and {true} is true"
    )
    expect(
        batch.lengths.device.type == "cpu" and batch.lengths.dtype == torch.int64,
        f"lengths of {what} are {batch.lengths.dtype} on {batch.lengths.device}, not torch.int64 on the CPU",
    )


def _offsets_true(batch: FlatBatch, lengths: Sequence[int], what: str) -> None:
    import torch

    starts = batch.offsets.tolist()
    expect(batch.ids.ndim == 1, f"{what} give ids of shape {tuple(batch.ids.shape)}, not (N,)")
    dtype = batch.offsets.dtype
    expect(dtype == torch.int64, f"offsets of {what} are {dtype}, not torch.int64")
    expect(PADDING_ID not in batch.ids.tolist(), f"there is padding in the flat ids of {what}")
    rising = all(start < end for start, end in zip(starts, [*starts[1:], len(batch.ids)], strict=True))
    expect(starts[:1] == [0] and rising, f"offsets of {what} with lengths {lengths} are {starts}")


def changes_no_rows(bench: CollatorBench) -> None:
    """Rows may be a file in memory that cannot be written, and batches are written to."""
    rows = ragged(sample_rows(bench.vocab))
    before = rows.values.tolist(), rows.offsets.tolist()
    for numbers in (rows.values, rows.offsets):
        numbers.flags.writeable = False
    batch = bench.batch(rows, "rows that cannot be written")
    batch.ids[...] = 1
    after = rows.values.tolist(), rows.offsets.tolist()
    expect(before == after, "writing to the ids of a batch has changed the rows it was made of")


def gives_the_same_twice(bench: CollatorBench) -> None:
    """No state from batch to batch."""
    rows = sample_rows(bench.vocab)
    collate = bench.component.build(bench.vocab)
    with trying("collating the same rows twice"):
        first = collate(ragged(rows))
        collate(ragged(rows[:1]))
        second = collate(ragged(rows))
    name = differing(tensors_of(first), tensors_of(second))
    expect(not name, f"`{name}` of the same {len(rows)} rows is another one the second time")


def keeps_batches_apart(bench: CollatorBench) -> None:
    """Batches wait in a queue while others are made: none shares its memory with a later one, nor its ids."""
    rows = sample_rows(bench.vocab)
    given = [rows, [row[::-1] for row in rows], rows[:3], [[*row[:-1], UNKNOWN_ID] for row in rows]]
    given += [many_rows(bench.vocab, count) for count in (40, 13, 41, 9, 300, 299, *range(1, 20))]
    with trying("collating batches one after another"):
        collate = bench.component.build(bench.vocab)
        batches = [collate(ragged(each)) for each in given]
    for place, (each, batch) in enumerate(zip(given, batches, strict=True), 1):
        alone = bench.batch(each, f"{len(each)} rows")
        name = differing(tensors_of(alone), tensors_of(batch))
        expect(
            not name,
            f"`{name}` of batch {place} of {len(given)} that one function has made is not that of a function "
            f"of its own: make new tensors for each batch, and look up what is kept by all ids",
        )


def can_be_pickled(bench: CollatorBench) -> None:
    """The workers of a DataLoader are sent it, wherever they are not forked."""
    rows = ragged(sample_rows(bench.vocab))
    collate = bench.component.build(bench.vocab)
    sent = after_pickle(collate)
    with trying("collating after pickle"):
        name = differing(tensors_of(collate(rows)), tensors_of(sent(rows)))
    expect(not name, f"`{name}` of the same {len(rows)} rows is another one after pickle")


def is_the_same_elsewhere(bench: CollatorBench) -> None:
    """Another process hashes tokens in another way, so that sets have another order. It is not asked where
    tokens of other names give the same batch.
    """
    rows = sample_rows(bench.vocab)
    here = _numbers(bench.component, bench.vocab, rows)
    with suppress(Exception):  # it wants a token of that name
        if here == _numbers(bench.component, renamed(bench.vocab), rows):
            return
    there = elsewhere_of(_numbers, bench.component, bench.vocab, rows)
    name = next((name for name in here if here[name] != there.get(name)), "")
    expect(
        not name,
        f"`{name}` of the same {len(rows)} rows is another one in another process, as it is where hash() or "
        f"the order of a set decides; sort what comes from a set, and hash with zlib.crc32",
    )


def _numbers(component: Collator, vocab: Vocab, rows: Rows) -> dict[str, Any]:
    batch = component.build(vocab)(ragged(rows))
    return {name: tensor.tolist() for name, tensor in tensors_of(batch).items()}


def moves(bench: CollatorBench) -> None:
    """`to` and `pin_memory` reach every field."""
    import torch

    batch = bench.batch(sample_rows(bench.vocab), "rows of 1 to 40 ids")
    with trying("batch.to('meta')"):
        moved = batch.to("meta")
    for field in fields(batch):
        where = getattr(moved, field.name).device.type
        expected = "cpu" if field.name in batch.on_cpu else "meta"
        expect(where == expected, f"`{field.name}` is on {where} after batch.to('meta'), not on {expected}")
    with trying("batch.to('cpu')"):
        name = differing(tensors_of(batch), tensors_of(batch.to("cpu")))
    expect(not name, f"`{name}` is another one after batch.to('cpu')")
    if torch.cuda.is_available():
        with trying("batch.pin_memory()"):
            name = differing(tensors_of(batch), tensors_of(batch.pin_memory()))
        expect(not name, f"`{name}` is another one after batch.pin_memory()")


def loads_without_files(bench: CollatorBench) -> None:
    with elsewhere(bench.component) as settings:
        expected = [batch for _, _, batch in replace(bench, component=settings).batches()]
        kept = kept_of(settings)
    found = [batch for _, _, batch in replace(bench, component=kept).batches()]
    for one, other in zip(expected, found, strict=True):
        name = differing(tensors_of(one), tensors_of(other))
        expect(not name, f"`{name}` of a batch is another one then")


PROMISES: tuple[Promise[CollatorBench], ...] = (
    *SETTINGS,
    Promise("it changes nothing of the process", leaves_the_process_alone),
    Promise("it gives the layout that it says", gives_its_layout),
    Promise("ids are int64, and every field is a tensor", gives_tensors),
    Promise("every text of a batch is kept", keeps_every_text),
    Promise("every id is kept, in order", keeps_every_id),
    Promise("padding, lengths and offsets are as its layout says", pads_where_its_layout_says),
    Promise("a longer text is cut to max_tokens as keep says", keeps_what_was_asked_for),
    Promise("rows are not changed", changes_no_rows),
    Promise("the same rows give the same batch", gives_the_same_twice),
    Promise("batches have nothing of each other", keeps_batches_apart),
    Promise("it can be pickled", can_be_pickled),
    Promise("another process gives the same batches", is_the_same_elsewhere),
    Promise("batches move to a device", moves),
    Promise(GONE, loads_without_files),
)
