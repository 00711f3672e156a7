"""Adversarial training on token vectors.

Axes: B texts, E size of a vector.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.errors import ConfigError
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.embedding import Perturb, TokenEmbedding
from nlpkit.nn.texts import texts_of
from nlpkit.training.passes import Pass, Passed


def fgm(go: Pass, batch: Batch, labels: Tensor, *, epsilon: float) -> Passed:
    """The loss, and beside it the loss with each text's token vectors moved by epsilon * g / |g|, where g is
    the gradient of the loss (Miyato et al., 2017, "Adversarial Training Methods for Semi-Supervised Text
    Classification").
    """
    seen: list[tuple[Tensor, Tensor]] = []  # vectors (..., E), tokens in each (...)
    with _perturbed(go.model, lambda vectors, tokens: _seen(vectors, tokens, seen)):
        clean = go(batch, labels)
    if not seen:
        raise ConfigError(
            "fgm moves the vectors of tokens, and this encoder looks none up in a TokenEmbedding",
            location="trainer.steps",
        )
    slopes = torch.autograd.grad(
        clean.loss, [vectors for vectors, _ in seen], retain_graph=True, materialize_grads=True
    )
    noise = iter([_noise(g, tokens, batch, epsilon) for g, (_, tokens) in zip(slopes, seen, strict=True)])
    with _perturbed(go.model, lambda vectors, tokens: vectors + next(noise)):
        adversarial = go(batch, labels)
    return replace(clean, loss=clean.loss + adversarial.loss)


def _seen(vectors: Tensor, tokens: Tensor, seen: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The vectors, noted down as something that has a gradient."""
    vectors = vectors if vectors.requires_grad else vectors.detach().requires_grad_()
    seen.append((vectors, tokens))
    return vectors


def _noise(slope: Tensor, tokens: Tensor, batch: Batch, epsilon: float) -> Tensor:
    """Epsilon long for each text; a vector that is the sum of several tokens' moves by what they move."""
    texts, count = texts_of(tokens, batch)
    squares = tokens * slope.square().sum(dim=-1)  # (...)
    norms = squares.new_zeros(count).index_add_(0, texts.flatten(), squares.flatten()).sqrt()  # (B,)
    return (tokens * epsilon / norms.clamp(min=1e-30)[texts]).unsqueeze(-1) * slope


@contextmanager
def _perturbed(model: Classifier, perturb: Perturb) -> Iterator[None]:
    """Inside, what is read from the tables of token vectors goes through `perturb`."""
    tables = [module for module in model.modules() if isinstance(module, TokenEmbedding)]
    for table in tables:
        table.perturb = perturb
    try:
        yield
    finally:
        for table in tables:
            table.perturb = None
