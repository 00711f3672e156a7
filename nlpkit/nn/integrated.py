"""Integrated gradients: how much of a difference each token makes, along the way from nothing to a text.

Axes: S points on the way, T tokens of the text, E numbers of an input, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.encoded import encoded
from nlpkit.nn.tfidf import TfidfEncoder
from nlpkit.nn.token_vectors import vectors_read, vectors_through
from nlpkit.ragged import Ragged
from nlpkit.vocab import UNKNOWN_ID

STRETCHES: Final = 4
POINTS: Final = 8  # of each
MOST_STRETCHES: Final = 512
NEAR: Final = 0.01  # of the difference that is explained, and never less than that in nats
_AT_ONCE: Final = 1 << 20  # numbers in the inputs of one pass
_ROUNDING: Final = 1e-4

Collate = Callable[[Ragged], Batch]
Logits = Callable[[Sequence[Tensor]], Tensor]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a classifier reads for one text: `values`, float (T, E) for each table, and what it makes of
    others in their place: `logits` takes (S, T, E) for each table and gives (S, C).

    `tokens` says which token of the text each of the T is: one each, or shares (tokens, T) of them.
    """

    values: tuple[Tensor, ...]
    logits: Logits
    shares: Tensor | None = None


def inputs_of(classifier: Classifier, ids: Ragged, collate: Collate) -> Inputs | None:
    """The inputs of a classifier in eval mode for the one row of `ids`: its token vectors where it has a
    seam for them, or the features of a linear model; None where its encoder reads more of a text than that.
    """
    if isinstance(classifier.encoder, TfidfEncoder):
        return _features(classifier, classifier.encoder, ids, collate)
    batch = _on_device(classifier, collate(ids))
    read = [each.reshape(-1, each.shape[-1]) for each in vectors_read(classifier, batch)]  # (T, E)
    if not read or any(len(each) != len(ids.values) for each in read):  # a collator may add some
        return None
    unknown = Ragged(np.full_like(ids.values, UNKNOWN_ID), ids.offsets)

    def logits(values: Sequence[Tensor]) -> Tensor:
        copies = unknown.take(np.zeros(len(values[0]), np.int64))
        other = _on_device(classifier, collate(copies))
        given = (each.flatten(0, 1) if other.ids.ndim == 1 else each for each in values)
        with vectors_through(classifier, other, lambda _: next(given)):
            return classifier(other)  # type: ignore[no-any-return]  # of a module

    with torch.no_grad():
        whole, handed = classifier(batch), logits([each.unsqueeze(0) for each in read])
    if (whole - handed).abs().max() > _ROUNDING * (1 + whole.abs().max()):
        return None
    return Inputs(tuple(read), logits)


def _on_device(classifier: Classifier, batch: Batch) -> Batch:
    return batch.to(classifier.head.weight.device)


def _features(classifier: Classifier, encoder: TfidfEncoder, ids: Ragged, collate: Collate) -> Inputs:
    """The values (T, 1) of the features that a text has; tokens of one feature share it evenly."""
    with torch.no_grad():
        row = encoded(encoder(_on_device(classifier, collate(ids)))).vectors  # (1, V)
    features, head = row.col_indices().long(), classifier.head
    weight, bias = head.weight[:, features], head.bias  # (C, T), (C,)
    tokens = torch.from_numpy(ids.values.astype(np.int64)).to(features.device) - encoder.first_id
    same = (tokens.unsqueeze(1) == features).float()  # (tokens, T)
    return Inputs(
        (row.values().unsqueeze(1),),
        lambda values: values[0].squeeze(2) @ weight.t() + bias,
        same / same.sum(dim=0).clamp(min=1),
    )


@dataclass(frozen=True, eq=False)
class Integrated:
    """What each token adds, float64 (tokens,) for each classifier, and how far their sum misses the
    difference between the text and nothing.
    """

    weights: tuple[Tensor, ...]
    gap: float


def integrated_gradients(
    parts: Sequence[Inputs], weights: Sequence[float], of: Callable[[Tensor], Tensor]
) -> Integrated:
    """Sundararajan, Taly and Yan (2017), "Axiomatic Attribution for Deep Networks", eq. 1, with vectors of
    zeros as the baseline: the tokens' shares in the difference of `of`, (S, C) to (S,), between the text and
    the baseline. The logits of several classifiers are added up with `weights`, and all of them are on one
    way.

    The integral is a Gauss-Legendre sum over 8 points of each of 4 stretches of the way. Those that miss the
    rise of `of` over them most are halved, and so on: a recurrent network may have all of its rise in a
    thousandth of the way. In all, at most 1 % of the difference or 0.01 is missed, unless 512 stretches are
    not enough.
    """
    path = _Path(parts, weights, of)
    with torch.no_grad():
        ends = path.values(torch.tensor([0.0, 1.0]))
    near = NEAR * max(1.0, abs(float(ends[1] - ends[0])))
    todo = [(place / STRETCHES, (place + 1) / STRETCHES) for place in range(STRETCHES)]
    held: list[_Stretch] = []
    looked_at = 0
    while todo:
        held += path.stretches(todo)
        looked_at += len(todo)
        if sum(abs(each.missed) for each in held) <= near or looked_at >= MOST_STRETCHES:
            break
        worst = [each for each in held if abs(each.missed) > near / len(held)]
        held = [each for each in held if abs(each.missed) <= near / len(held)]
        todo = [half for each in worst for half in each.halves]
    sums = iter(torch.stack(some).sum(dim=0) for some in zip(*(each.shares for each in held), strict=True))
    return Integrated(
        tuple(_of_tokens(part, [next(sums) for _ in part.values]) for part in parts),
        sum(each.missed for each in held),
    )


@dataclass(frozen=True, eq=False)
class _Stretch:
    """A part of the way: the shares of the inputs, float64 (T,) each, in the rise over it, and by how much
    they miss that.
    """

    low: float
    high: float
    shares: list[Tensor]
    missed: float

    @property
    def halves(self) -> tuple[tuple[float, float], tuple[float, float]]:
        middle = (self.low + self.high) / 2
        return (self.low, middle), (middle, self.high)


@dataclass(frozen=True, eq=False)
class _Path:
    """The straight way from nothing to a text, with one value at each point of it."""

    parts: Sequence[Inputs]
    weights: Sequence[float]
    of: Callable[[Tensor], Tensor]

    @property
    def inputs(self) -> list[Tensor]:
        """Those of all classifiers, (T, E) each."""
        return [each for part in self.parts for each in part.values]

    def values(self, alphas: Tensor) -> Tensor:
        """(S,) at points (S,) from 0 to 1."""
        return self._value_of(self._between(alphas))

    def stretches(self, ends: Sequence[tuple[float, float]]) -> Iterator[_Stretch]:
        """Those between some ends, from gradients times inputs."""
        nodes, lengths = np.polynomial.legendre.leggauss(POINTS)  # on -1 to 1
        shares = torch.from_numpy(np.concatenate([[0.0], lengths / 2, [0.0]]))  # (P,)
        points = torch.from_numpy(np.concatenate([[0.0], (nodes + 1) / 2, [1.0]]))
        size = len(points) * sum(each.numel() for each in self.inputs)
        at_once = max(1, _AT_ONCE // max(1, size))
        for first in range(0, len(ends), at_once):
            some = ends[first : first + at_once]
            alphas = torch.cat([low + (high - low) * points for low, high in some]).float()
            leaves = [each.requires_grad_() for each in self._between(alphas)]
            values = self._value_of(leaves)  # (S,)
            slopes = torch.autograd.grad(values.sum(), leaves, materialize_grads=True)
            rises = values.detach().view(len(some), -1)
            for place, (low, high) in enumerate(some):
                rows = slice(place * len(points), (place + 1) * len(points))
                found = [
                    (high - low) * (_weighted(shares, slope[rows]) * each).sum(dim=1)
                    for slope, each in zip(slopes, self.inputs, strict=True)
                ]
                rise = float(rises[place, -1] - rises[place, 0])
                yield _Stretch(low, high, found, rise - sum(float(each.sum()) for each in found))

    def _between(self, alphas: Tensor) -> list[Tensor]:
        """The inputs at some points, (S, T, E) each."""
        return [alphas.to(each.device).view(-1, 1, 1) * each for each in self.inputs]

    def _value_of(self, inputs: Sequence[Tensor]) -> Tensor:
        rest = iter(inputs)
        logits = [
            weight * part.logits([next(rest) for _ in part.values]).double().cpu()
            for weight, part in zip(self.weights, self.parts, strict=True)
        ]
        return self.of(torch.stack(logits).sum(dim=0))


def _weighted(shares: Tensor, slopes: Tensor) -> Tensor:
    """The sum of the gradients at some points, (P,) and (P, T, E) -> float64 (T, E)."""
    return torch.einsum("p,pte->te", shares.to(slopes.device), slopes.double())


def _of_tokens(part: Inputs, shares: Sequence[Tensor]) -> Tensor:
    """The shares (T,) of one classifier's inputs added up for each token: float64 (tokens,)."""
    found = torch.stack(list(shares)).sum(dim=0)  # (T,)
    return (found if part.shares is None else part.shares.double() @ found).cpu()
