"""Adversarial training on token vectors.

Axes: B texts, T tokens of the longest one, N tokens of all of them, E size of a vector.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.errors import ConfigError
from nlpkit.nn.texts import texts_of
from nlpkit.nn.token_vectors import vectors_through
from nlpkit.training.passes import Pass, Passed


def fgm(go: Pass, batch: Batch, labels: Tensor, *, epsilon: float) -> Passed:
    """The loss, and beside it the loss with each text's token vectors moved by epsilon * g / |g|, where g is
    the gradient of the loss (Miyato et al., 2017, "Adversarial Training Methods for Semi-Supervised Text
    Classification").
    """
    seen: list[Tensor] = []  # vectors (B, T, E) or (N, E), of each table
    with vectors_through(go.model, batch, lambda vectors: _seen(vectors, seen)):
        clean = go(batch, labels)
    if not seen:
        raise ConfigError(
            "fgm moves the vectors of tokens, and this encoder looks none up in a TokenEmbedding",
            location="trainer.steps",
        )
    slopes = torch.autograd.grad(clean.loss, seen, retain_graph=True, materialize_grads=True)
    noise = iter([_noise(slope, batch, epsilon) for slope in slopes])
    with vectors_through(go.model, batch, lambda vectors: vectors + next(noise)):
        adversarial = go(batch, labels)
    return replace(clean, loss=clean.loss + adversarial.loss)


def _seen(vectors: Tensor, seen: list[Tensor]) -> Tensor:
    """The vectors, noted down as something that has a gradient."""
    vectors = vectors if vectors.requires_grad else vectors.detach().requires_grad_()
    seen.append(vectors)
    return vectors


def _noise(slope: Tensor, batch: Batch, epsilon: float) -> Tensor:
    """Epsilon long for each text."""
    texts, count = texts_of(batch)
    squares = slope.square().sum(dim=-1)  # (B, T) or (N,)
    norms = squares.new_zeros(count).index_add_(0, texts.flatten(), squares.flatten()).sqrt()  # (B,)
    return (epsilon / norms.clamp(min=1e-30)[texts]).unsqueeze(-1) * slope
