"""What an encoder promises of training: gradients, random numbers, and nothing kept of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nlpkit.testing.encoder_bench import EncoderBench, apart, dense, forward, seeded, shake
from nlpkit.testing.promises import Skipped, expect, trying
from nlpkit.testing.samples import many_rows

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nlpkit.batch import Batch

LATER = 3  # batches after one of which something may be kept
GOES = 10  # batches in which a gradient may reach a parameter for the first time
Rows = Sequence[Sequence[int]]


def trains_every_parameter(bench: EncoderBench) -> None:
    """In one batch of several, from one of several seeds, with one of several weights: a gate may start
    closed, and a text may be read by some of many experts.
    """
    trained = [name for name, each in bench.usual.named_parameters() if each.requires_grad]
    if not trained:
        raise Skipped("it has no parameters to train")
    dead = [set(trained) for _ in bench.collators]
    texts = 0
    for go in range(GOES):
        rows = [*bench.rows, *many_rows(bench.vocab, 20 * go)]
        texts += len(rows)
        module = bench.module(seed=go)
        shake(module, go, by=0.05 * go)
        for collator, names in zip(bench.collators, dead, strict=True):
            names &= _without_gradient(bench.batch(rows, collator), module, go)
        if not any(dead):
            return
    left = [name for name in trained if any(name in names for names in dead)]  # in the order of the module
    expect(not left, f"no gradient reaches {', '.join(left)} in {GOES} batches of {texts} texts")


def _without_gradient(batch: Batch, module: nn.Module, seed: int) -> set[str]:
    """The parameters whose gradient of a random sum of the outputs is nothing or zero."""
    import torch

    from nlpkit.nn.encoded import encoded

    dead: set[str] = set()
    module.train()
    module.zero_grad()
    with seeded(seed), trying(f"training on a {type(batch).__name__}"):
        found = encoded(module(batch))
        output = dense(found.vectors)
        expect(output.requires_grad, "its output has no gradient at all, as if it were detached")
        wanted = (output * torch.randn(output.shape)).sum() + sum(found.losses.values())
        wanted.backward()  # type: ignore[no-untyped-call]
    for name, each in module.named_parameters():
        if each.grad is None or not bool(each.grad.any()):
            dead.add(name)
        else:
            bad = not bool(each.grad.isfinite().all())
            expect(not bad, f"the gradient of {name} has numbers that are not finite")
    return dead


def trains_as_it_predicts(bench: EncoderBench) -> None:
    """In training mode a text sees no neighbours, and with nothing dropped or drawn the vectors are those of
    eval mode. Whether they are where a module draws in its own way, as for whole rows, cannot be told.
    """
    rows = bench.rows[:-1]  # the last one has the mean of the first
    for collator in bench.collators:
        batch = bench.batch(rows, collator)
        expected = forward(bench.usual, batch, "a batch")
        found = _undrawn(bench.module(), batch, "a batch in training mode")
        first = bench.batch(bench.rows[:1], collator)
        alone = _undrawn(bench.module(), first, "a text alone in training mode")
        far = apart(found[:1], alone)
        expect(
            not far,
            f"in training mode the numbers of a text beside others differ by up to {far:.3g} from those it "
            f"has alone, as they do where a text sees its neighbours (batch norm)",
        )
        far = apart(expected, found)
        expect(
            not far or _draws(bench, batch),
            f"with nothing dropped out, numbers differ by up to {far:.3g} between training and eval mode",
        )


def _undrawn(module: nn.Module, batch: Batch, what: str) -> Tensor:
    """The vectors of training mode with no number dropped and none drawn."""
    from nlpkit.testing.draws import NothingDrawn, no_dropout

    module.train()
    with no_dropout(module), NothingDrawn():  # type: ignore[no-untyped-call]
        return forward(module, batch, what)


def _draws(bench: EncoderBench, batch: Batch) -> bool:
    """Whether training mode is another one with each seed, even where torch's dropout drops nothing."""
    from nlpkit.testing.draws import no_dropout

    found = []
    for seed in range(3):
        module = bench.module().train()
        with no_dropout(module), seeded(seed):
            found.append(forward(module, batch, "a batch in training mode"))
    return any(bool(apart(found[0], other)) for other in found[1:])


def draws_from_the_seed(bench: EncoderBench) -> None:
    """Dropout and noise come from the generator of torch, whose seed a run sets for each epoch."""
    for collator in bench.collators:
        batch = bench.batch(bench.rows, collator)
        first, second = (trained_on(bench.module(), [batch]) for _ in range(2))
        far = apart(first, second)
        expect(
            not far,
            f"after torch.manual_seed(0) the numbers of the same batch in training mode differ by up to "
            f"{far:.3g} from one time to the next; draw them with torch, and without a generator",
        )


def forgets_batches(bench: EncoderBench) -> None:
    """A batch gives the same vectors, and changes nothing for later ones, whatever came before it."""
    for collator in bench.collators:
        last = bench.batch(bench.rows, collator)
        usual = bench.module()
        expected = trained_on(usual, [last] * (1 + LATER), told=LATER)
        predicted = forward(usual.eval(), last, "a batch")
        for what, rows in others_than(bench.rows).items():
            module = bench.module()
            others = [bench.batch(rows, collator), *[last] * LATER]
            far = apart(expected, trained_on(module, others, told=LATER))
            expect(
                not far,
                f"in training mode the numbers of a batch differ by up to {far:.3g} when {what} came before "
                f"it; make what is carried along anew in each forward",
            )
            far = apart(predicted, forward(module.eval(), last, "a batch"))
            expect(
                not far,
                f"in eval mode the numbers of a batch differ by up to {far:.3g} when {what} was trained on "
                f"before, as they do with running statistics",
            )


def keeps_its_state(bench: EncoderBench) -> None:
    """Training goes on from a state_dict as if it had not been interrupted."""
    batch = bench.batch(bench.rows)
    module = bench.module()
    trained_on(module, [batch] * (1 + LATER))
    resumed = _twin(bench, module)
    far = apart(trained_on(module, [batch]), trained_on(resumed, [batch]))
    expect(
        not far,
        f"after {1 + LATER} batches the numbers of the next differ by up to {far:.3g} from those of another "
        f"module with that state_dict; register what changes from batch to batch with register_buffer",
    )


def tells_batches_apart(bench: EncoderBench) -> None:
    """What is kept from one forward to the next, as a table of results, is found by all that it depends on:
    each id, and the weights.
    """
    for collator in bench.collators:
        last = bench.batch(bench.rows, collator)
        expected = forward(_twin(bench, bench.usual), last, "a batch")
        for what, rows in others_than(bench.rows).items():
            module = _twin(bench, bench.usual)
            forward(module, bench.batch(rows, collator), "a batch")
            far = apart(expected, forward(module, bench.batch(bench.rows, collator), "a batch"))
            expect(
                not far,
                f"in eval mode the numbers of a batch differ by up to {far:.3g} when {what} came before it; "
                f"a memo needs every id in its key",
            )
        module = _twin(bench, bench.usual)
        forward(module, last, "a batch")
        shake(module, seed=0)
        far = apart(forward(_twin(bench, module), last, "a batch"), forward(module, last, "a batch"))
        expect(
            not far,
            f"after a change of its weights the numbers differ by up to {far:.3g} from those of another "
            f"module with these weights; what is computed from weights must not outlive them",
        )


def _twin(bench: EncoderBench, module: nn.Module) -> nn.Module:
    """Another module with the same weights."""
    twin = bench.module()
    with trying("load_state_dict of the state_dict of another module"):
        twin.load_state_dict(module.state_dict())
    return twin


def others_than(rows: Rows) -> dict[str, Rows]:
    """Other texts of the same lengths, and fewer."""
    ids = sorted({id for row in rows for id in row})
    shifted = dict(zip(ids, [*ids[1:], *ids[:1]], strict=True))
    return {
        "a batch of other texts of the same lengths": [[shifted[id] for id in row] for row in rows],
        "a batch of the same lengths and sums": [_moved(row) for row in rows],
        "a batch whose texts end in other ids": [
            [*row[:1], *row[1:-1], *(shifted[id] for id in row[1:][-1:])] for row in rows
        ],
        "a batch of fewer texts": rows[:3],
    }


def _moved(row: Sequence[int]) -> Sequence[int]:
    """Other ids with the same sum, where there are two that can be moved towards each other."""
    first, *between, last = row if len(row) > 1 else (*row, 0)
    return [first + 1, *between, last - 1] if len(row) > 1 and first < last else row[::-1]


def trained_on(module: nn.Module, batches: Sequence[Batch], *, told: int = 1) -> Tensor:
    """The vectors and losses of the last batches, end to end; each pass has its own seed."""
    import torch

    from nlpkit.nn.encoded import encoded

    outputs = []
    module.train()
    for place, batch in enumerate(batches):
        with seeded(place), trying("a batch in training mode"):
            found = encoded(module(batch))
            output = dense(found.vectors)
            if output.requires_grad:
                (output.sum() + sum(found.losses.values())).backward()  # type: ignore[no-untyped-call]
        outputs += [output.detach().flatten(), *(loss.detach().reshape(1) for loss in found.losses.values())]
        outputs = outputs[-told * (1 + len(found.losses)) :]
    return torch.cat(outputs)
