"""What an encoder promises about token vectors that are handed in, where it looks its own up in a
`TokenEmbedding`.

Axes: B texts, T tokens of the longest one, N tokens of all of them, E embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from nlpkit.batch import Batch
from nlpkit.testing.encoder_bench import EncoderBench, apart, dense, forward, name_of, seeded, shake
from nlpkit.testing.promises import Skipped, expect, trying
from nlpkit.vocab import PADDING_ID

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nlpkit.nn.embedding import TokenEmbedding

SEEDS = 10  # of which one is enough for a gradient to reach a text: half of all units may be off


def takes_vectors_in(bench: EncoderBench) -> None:
    """Its own give what it gives without, and others what it gives with another table."""
    for collator in bench.collators:
        rows = bench.rows
        as_many_tokens_as_texts = [row[: len(rows)] for row in rows]
        for some in (rows, as_many_tokens_as_texts):
            batch, by = bench.batch(some, collator), f"collated by {name_of(collator)}"
            _reads_the_ids_of_the_batch(bench, batch, by)
            _gives_the_same_of_its_own(bench, batch, by)
        _reads_the_table_nowhere_else(bench, batch, by)
        _lets_gradients_through(bench, batch, by)


def _reads_the_ids_of_the_batch(bench: EncoderBench, batch: Batch, by: str) -> None:
    import torch

    with torch.no_grad():
        tables = [each for each in _tables(bench.usual) if each.num_embeddings > int(batch.ids.max())]
        known = [table(batch.ids) for table in tables]  # that of n-grams may have fewer rows
    for read in _read(bench.usual, batch):
        expect(
            any(not apart(read, each) for each in known),
            f"the vectors that it reads for a batch {by} are not those of the batch's ids in their places, "
            f"and what is handed in would be taken for that of other tokens: look up `batch.ids` as they "
            f"are or transposed, and turn vectors round rather than ids",
        )


def _gives_the_same_of_its_own(bench: EncoderBench, batch: Batch, by: str) -> None:
    read = _read(bench.usual, batch)
    far = apart(forward(bench.usual, batch, "a batch"), _handed(bench.usual, batch, read).detach())
    expect(not far, f"a batch {by} whose own vectors are handed back in gives others, by up to {far:.3g}")


def _reads_the_table_nowhere_else(bench: EncoderBench, batch: Batch, by: str) -> None:
    import torch

    plain = bench.module()
    other = deepcopy(plain)
    for table in _tables(other):
        shake(table, 1, by=0.5)
        with torch.no_grad():
            table.weight[PADDING_ID] = 0.0
    expected = forward(other, batch, "a batch with another table")
    far = apart(expected, _handed(plain, batch, _read(other, batch)).detach())
    expect(
        not far,
        f"a batch {by} with the vectors of another table handed in gives numbers that differ by up to "
        f"{far:.3g} from those with that table in its place: it reads its table in another way as well",
    )


def _lets_gradients_through(bench: EncoderBench, batch: Batch, by: str) -> None:
    import torch

    from nlpkit.nn.texts import texts_of

    texts, count = texts_of(batch)
    reached = torch.zeros(count, dtype=torch.bool)
    for seed in range(SEEDS):
        module = bench.module(seed)
        for slope in _slopes(module, batch, seed):
            expect(bool(slope.isfinite().all()), f"the gradients of vectors handed in {by} are not finite")
            reached[texts[slope.ne(0).any(dim=-1)]] = True
        if reached.all():
            return
    missed = int((~reached).sum())
    expect(False, f"no gradient reaches the vectors handed in of {missed} of {count} texts {by}")


def _slopes(module: nn.Module, batch: Batch, seed: int) -> Sequence[Tensor]:
    """The gradients of a random projection of what it gives, of each read."""
    import torch

    leaves = [each.detach().requires_grad_() for each in _read(module, batch)]
    output = _handed(module, batch, leaves)
    if not output.requires_grad:
        return [torch.zeros_like(each) for each in leaves]
    with seeded(seed):
        projected = (output * torch.randn_like(output)).sum()
    return torch.autograd.grad(projected, leaves, materialize_grads=True)


def _handed(module: nn.Module, batch: Batch, vectors: Sequence[Tensor]) -> Tensor:
    """What it gives with vectors handed in, in the order in which it reads."""
    from nlpkit.nn.encoded import encoded
    from nlpkit.nn.token_vectors import vectors_through

    rest = iter(vectors)
    with vectors_through(module, batch, lambda _: next(rest)), trying("a batch with vectors handed in"):
        return dense(encoded(module(batch)).vectors)


def _read(module: nn.Module, batch: Batch) -> list[Tensor]:
    from nlpkit.nn.token_vectors import vectors_read

    with trying("a batch whose vectors are looked at"):
        read = vectors_read(module, batch)
    if not read:
        raise Skipped("it looks its vectors up elsewhere than in a TokenEmbedding")
    return read


def _tables(module: nn.Module) -> list[TokenEmbedding]:
    from nlpkit.nn.embedding import TokenEmbedding

    return [each for each in module.modules() if isinstance(each, TokenEmbedding)]
