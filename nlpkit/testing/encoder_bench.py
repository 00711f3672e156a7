"""An encoder on trial: its modules, its batches, and how far two results are apart.

Axes: B texts, D the encoder's output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nlpkit.batch import Batch
from nlpkit.components.kinds import Collator, Encoder
from nlpkit.testing.promises import Bench, BrokenPromise, Skipped, expect, trying
from nlpkit.testing.samples import ragged, sample_rows, sample_vocab
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    from torch import Tensor, nn

RELATIVE = 1e-4  # of the largest number: float32 sums in another order differ by less, a leak by more
ABSOLUTE = 1e-6

Rows = Sequence[Sequence[int]]


@dataclass
class EncoderBench(Bench):
    """The texts are those of `nlpkit.testing.samples`, collated into each layout that the encoder accepts."""

    component: Encoder
    vocab: Vocab
    collators: tuple[Collator, ...]

    @classmethod
    def of(cls, component: Encoder, vocab: Vocab | None, collator: Collator | None) -> EncoderBench:
        """By default with the built-in collators that suit, else with those of plugins."""
        with trying("accepts"):
            collators = (collator,) if collator else _collators_for(component.accepts)
        return cls(component, vocab or sample_vocab(), collators)

    def prepare(self) -> None:
        import torch  # noqa: F401

    def uses(self) -> Iterator[str]:
        from nlpkit.nn.encoded import encoded

        batch = self.batch(self.rows)
        module = self.component.build(self.vocab)
        yield "build(vocab)"
        module.eval()(batch)
        yield "a forward in eval mode"
        found = encoded(module.train()(batch))
        yield "a forward in training mode"
        if found.vectors.requires_grad:
            found.vectors.sum().backward()  # type: ignore[no-untyped-call]
            yield "backward"

    @cached_property
    def rows(self) -> list[list[int]]:
        return sample_rows(self.vocab)

    def module(self, seed: int = 0) -> nn.Module:
        """A new one in eval mode; torch's random state is as it was."""
        with seeded(seed), trying("build(vocab)"):
            module = self.component.build(self.vocab)
        return module.eval()

    @cached_property
    def usual(self) -> nn.Module:
        """The module of seed 0, in eval mode; who changes it puts it back."""
        return self.module()

    def batch(self, rows: Rows, collator: Collator | None = None) -> Batch:
        """The rows as a collator gives them, the first one unless another is named."""
        return (collator or self.collators[0]).build(self.vocab)(ragged(rows))

    def vectors(self, rows: Rows, collator: Collator, what: str) -> Tensor:
        """What the usual module makes of some rows; `what` they are says who reads an error."""
        return forward(self.usual, self.batch(rows, collator), f"{what}, collated by {name_of(collator)},")


def _collators_for(accepts: type[Batch] | tuple[type[Batch], ...]) -> tuple[Collator, ...]:
    from nlpkit.components.collators import Offsetify, Padify, PadLength
    from nlpkit.plugins.loading import load_plugins

    whole = [made(max_tokens=None) for made in (PadLength, Padify, Offsetify)]
    suited: list[Collator] = [each for each in whole if issubclass(each.produces, accepts)]
    if not suited:
        classes: list[Any] = [entry.settings for entry in load_plugins().registry.entries("collator")]
        suited = [each for each in _from_defaults(classes) if issubclass(each.produces, accepts)]
    if not suited:
        raise BrokenPromise(f"no collator that is installed gives {accepts}; give one with collator=")
    return tuple(suited)


def _from_defaults(classes: Sequence[Callable[[], Collator]]) -> Iterator[Collator]:
    for made in classes:
        try:
            yield replace(made(), max_tokens=None)
        except (TypeError, ValueError):  # it has a setting without a default
            continue


def forward(module: nn.Module, batch: Batch, what: str) -> Tensor:
    """The vectors (B, D) of a batch, without gradients, and dense where they are sparse."""
    import torch

    from nlpkit.nn.encoded import encoded

    with torch.no_grad(), trying(what):
        output = encoded(module(batch)).vectors
    expect(
        isinstance(output, torch.Tensor), f"{what} gives a {type(output).__name__} where a tensor is expected"
    )
    return dense(output)


def dense(output: Tensor) -> Tensor:
    """A sparse tensor with its zeros."""
    import torch

    return output if output.layout == torch.strided else output.to_dense()


def apart(one: Tensor, other: Tensor) -> float:
    """The largest difference of two results; 0 where it is no larger than rounding."""
    import torch

    if one.shape != other.shape:
        return float("inf")
    if not one.numel():
        return 0.0
    one, other = one.double(), other.double()
    difference = float((one - other).abs().max())
    scale = float(torch.maximum(one.abs(), other.abs()).max())
    return difference if not difference <= RELATIVE * scale + ABSOLUTE else 0.0  # NaN is a difference


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, torch draws from a seed; afterwards as if nothing had been drawn."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def shake(module: nn.Module, seed: int, *, by: float = 0.05) -> None:
    """Move all weights a little, as training does."""
    import torch

    with torch.no_grad(), seeded(seed + 100):
        for each in module.parameters():
            if each.is_floating_point():
                each.add_(torch.randn_like(each), alpha=by)


def name_of(collator: Collator) -> str:
    return type(collator).__name__


def floats_of(module: nn.Module) -> list[Tensor]:
    """Its floating-point weights and buffers; Skipped where it has none."""
    found = [each for each in (*module.parameters(), *module.buffers()) if each.is_floating_point()]
    if not found:
        raise Skipped("it has no weights")
    return found
