"""What an encoder promises about the vectors of texts.

Axes: B texts, T tokens of the longest one, D the encoder's output.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from nlpkit.batch import Batch, LengthBatch, PaddedBatch
from nlpkit.testing.encoder_bench import EncoderBench, apart, forward, name_of
from nlpkit.testing.promises import Skipped, expect
from nlpkit.testing.samples import in_brief, long_row, many_rows
from nlpkit.testing.values import differing, tensors_of
from nlpkit.vocab import UNKNOWN_ID

if TYPE_CHECKING:
    from torch import Tensor

PADDING_COLUMNS = 7
NEIGHBOURS = 160
LONG_NEIGHBOUR_TOKENS = 600


def reads_any_text(bench: EncoderBench) -> None:
    """Short ones, unknown ones, a long one, one alone and several of one token."""
    ordinary = bench.rows[0]
    texts = {
        "a text of one token": [ordinary],
        "a text of the unknown id alone": [[UNKNOWN_ID]],
        "a text of two tokens": [bench.rows[1]],
        "texts of one token each": [ordinary, [UNKNOWN_ID], ordinary],
        "texts of one length": [bench.rows[2], bench.rows[2]],
        "texts of 1 to 40 tokens": bench.rows,
        "a text of 10,000 tokens": [long_row(bench.vocab)],
    }
    for collator in bench.collators:
        for what, rows in texts.items():
            what = f"{what} ({in_brief(rows[0])})" if len(rows) == 1 else what
            vectors = bench.vectors(rows, collator, what)
            expect(
                vectors.ndim == 2 and len(vectors) == len(rows) and bool(vectors.isfinite().all()),
                f"{what}, collated by {name_of(collator)}, gives {_shown(vectors)}",
            )


def gives_rows_of_output_dim(bench: EncoderBench) -> None:
    """Float (B, output_dim)."""
    wide = getattr(bench.usual, "output_dim", None)
    expect(
        isinstance(wide, int) and not isinstance(wide, bool) and wide >= 1,
        f"the module's output_dim is {wide!r}, which is not a whole number of 1 or more",
    )
    for collator in bench.collators:
        vectors = bench.vectors(bench.rows, collator, "a batch")
        expect(
            vectors.shape == (len(bench.rows), wide),
            f"output_dim is {wide}, and {len(bench.rows)} texts collated by {name_of(collator)} "
            f"give {tuple(vectors.shape)} where ({len(bench.rows)}, {wide}) is expected",
        )
        expect(vectors.is_floating_point(), f"outputs are {vectors.dtype}, which is not floating-point")
        bad = (~vectors.isfinite()).any(dim=1).nonzero().flatten().tolist()
        expect(
            not bad, f"the vector of {bad and in_brief(bench.rows[bad[0]])} has numbers that are not finite"
        )


def reads_texts_alone(bench: EncoderBench) -> None:
    """Each text alone is what its vector in any batch is compared with."""
    import torch

    rows = bench.rows
    for collator in bench.collators:
        each = [bench.vectors([row], collator, f"the text {in_brief(row)} alone") for row in rows]
        alone = torch.cat(each)
        by = f"collated by {name_of(collator)}"
        together = bench.vectors(rows, collator, "a batch")
        _same(bench, alone, together, f"beside {len(rows) - 1} others of up to 40 tokens, {by}")
        others = [*rows, *many_rows(bench.vocab, NEIGHBOURS)]
        among = bench.vectors(others, collator, "a batch")[: len(rows)]
        _same(bench, alone, among, f"beside {len(others) - 1} others of up to 40 tokens, {by}")
        beside = [*rows, long_row(bench.vocab)[:LONG_NEIGHBOUR_TOKENS]]
        among = bench.vectors(beside, collator, "a batch with a long text")[: len(rows)]
        _same(bench, alone, among, f"beside {len(rows)} others of up to {LONG_NEIGHBOUR_TOKENS} tokens, {by}")
        for row, vector in zip(rows, alone, strict=True):
            padded = _with_more_padding(bench.batch([row], collator))
            if padded is None:
                break
            found = forward(bench.usual, padded, f"the text {in_brief(row)} with more padding")[0]
            far = apart(vector, found)
            expect(
                not far,
                f"the text {in_brief(row)} gives numbers that differ by up to {far:.3g} from those it has "
                f"alone when its batch, {by}, has {PADDING_COLUMNS} more columns of padding",
            )


def _same(bench: EncoderBench, alone: Tensor, found: Tensor, how: str) -> None:
    far, worst = _differences(alone, found)
    expect(
        not far[worst],
        f"the text {in_brief(bench.rows[worst])} gives numbers that differ by up to {far[worst]:.3g} from "
        f"those it has alone when it is {how}; so do {sum(map(bool, far)) - 1} of the other {len(far) - 1} "
        f"texts",
    )


def _differences(expected: Tensor, found: Tensor) -> tuple[list[float], int]:
    """How far the vectors of each text are apart, and which text's are farthest."""
    far = [apart(one, other) for one, other in zip(expected, found, strict=True)]
    return far, far.index(max(far))


def _with_more_padding(batch: Batch) -> Batch | None:
    """The batch with columns of padding on the right; none where its layout is not one that is known."""
    from torch.nn import functional as F

    if type(batch) not in (PaddedBatch, LengthBatch):
        return None
    return replace(batch, ids=F.pad(batch.ids, (0, PADDING_COLUMNS)))


def permutes_with_the_texts(bench: EncoderBench) -> None:
    """The vectors of texts in another order are the same vectors in that order."""
    order = list(range(len(bench.rows)))
    for collator in bench.collators:
        vectors = bench.vectors(bench.rows, collator, "a batch")
        for seed in range(3):
            Random(seed).shuffle(order)
            found = bench.vectors([bench.rows[i] for i in order], collator, "a batch in another order")
            far, worst = _differences(vectors[order], found)
            expect(
                not far[worst],
                f"the text {in_brief(bench.rows[order[worst]])}, collated by {name_of(collator)}, gives "
                f"numbers that differ by up to {far[worst]:.3g} when it is moved from place {order[worst]} "
                f"to place {worst} of {len(order)}",
            )


def reads_every_layout_alike(bench: EncoderBench) -> None:
    """The layouts hold the same texts."""
    if len(bench.collators) < 2:
        raise Skipped(f"there is one layout, {bench.collators[0].produces.__name__}")
    first, *others = bench.collators
    expected = bench.vectors(bench.rows, first, "a batch")
    for collator in others:
        far = apart(expected, bench.vectors(bench.rows, collator, "a batch"))
        expect(
            not far,
            f"the same texts collated by {name_of(first)} and by {name_of(collator)} give numbers "
            f"that differ by up to {far:.3g}",
        )


def changes_no_batch(bench: EncoderBench) -> None:
    """In training neither."""
    for collator in bench.collators:
        module = bench.module()
        for mode in ("eval", "training"):
            module.train(mode == "training")
            batch = bench.batch(bench.rows, collator)
            before = {name: tensor.clone() for name, tensor in tensors_of(batch).items()}
            forward(module, batch, f"a batch in {mode} mode")
            name = differing(before, tensors_of(batch))
            layout = type(batch).__name__
            expect(not name, f"`{name}` of a {layout} has other numbers after forward in {mode} mode")


def _shown(vectors: Tensor) -> str:
    finite = "finite" if bool(vectors.isfinite().all()) else "not finite"
    return f"numbers of shape {tuple(vectors.shape)} that are {finite}"
