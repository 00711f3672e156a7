"""Integrated gradients: how much of a difference each token makes, along the way from nothing to a text.

Axes: S points on the way, T tokens of the text, E numbers of an input, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

POINTS: Final = 32  # and twice as many, as long as the sum is not near enough
MOST_POINTS: Final = 1024
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
    parts: Sequence[Inputs], weights: Sequence[float], of: Callable[[Tensor], Tensor], *, points: int = POINTS
) -> Integrated:
    """Sundararajan, Taly and Yan (2017), "Axiomatic Attribution for Deep Networks", eq. 1, with vectors of
    zeros as the baseline: the tokens' shares in the difference of `of`, (S, C) to (S,), between the text and
    the baseline. The logits of several classifiers are added up with `weights`, and all of them are on one
    way.

    The integral is a Gauss-Legendre sum over `points`, twice as many and so on up to 1,024, until the shares
    add up to the difference within 1 % of it or 0.01.
    """
    ends = torch.tensor([0.0, 1.0])
    with torch.no_grad():
        baseline, whole = of(_logits(_between(parts, ends), parts, weights)).double().tolist()
    while True:
        found = _shares(parts, weights, of, points)
        gap = whole - baseline - sum(float(each.sum()) for each in found)
        if abs(gap) <= NEAR * max(1.0, abs(whole - baseline)) or points >= MOST_POINTS:
            return Integrated(tuple(found), gap)
        points *= 2


def _shares(
    parts: Sequence[Inputs], weights: Sequence[float], of: Callable[[Tensor], Tensor], points: int
) -> list[Tensor]:
    nodes, lengths = np.polynomial.legendre.leggauss(points)  # on -1 to 1
    alphas, widths = torch.from_numpy((nodes + 1) / 2).float(), torch.from_numpy(lengths / 2)
    size = sum(each.numel() for part in parts for each in part.values)
    sums = [[torch.zeros_like(each, dtype=torch.float64) for each in part.values] for part in parts]
    at_once = max(1, _AT_ONCE // max(1, size))
    for some, width in zip(torch.split(alphas, at_once), torch.split(widths, at_once), strict=True):
        inputs = _between(parts, some)
        leaves = [each.requires_grad_() for part in inputs for each in part]
        slopes = iter(
            torch.autograd.grad(of(_logits(inputs, parts, weights)).sum(), leaves, materialize_grads=True)
        )
        for each in (each for part in sums for each in part):
            each += torch.einsum("s,ste->te", width.to(each.device), next(slopes).double())
    return [_of_tokens(part, slopes_of) for part, slopes_of in zip(parts, sums, strict=True)]


def _between(parts: Sequence[Inputs], alphas: Tensor) -> list[list[Tensor]]:
    """The inputs at some points between nothing and the text, (S, T, E) each."""
    return [[alphas.to(each.device).view(-1, 1, 1) * each for each in part.values] for part in parts]


def _logits(inputs: Sequence[Sequence[Tensor]], parts: Sequence[Inputs], weights: Sequence[float]) -> Tensor:
    each = [w * part.logits(given).double() for w, part, given in zip(weights, parts, inputs, strict=True)]
    return torch.stack([one.cpu() for one in each]).sum(dim=0)


def _of_tokens(part: Inputs, slopes: Sequence[Tensor]) -> Tensor:
    """The gradients times the inputs, added up for each token: float64 (tokens,)."""
    each = [(slope * value).sum(dim=1) for slope, value in zip(slopes, part.values, strict=True)]
    found = torch.stack(each).sum(dim=0)  # (T,)
    return (found if part.shares is None else part.shares.double() @ found).cpu()
