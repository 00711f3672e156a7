"""A classifier as one function of tensors, which is what is traced to a graph.

Axes: B texts, T tokens of the longest one, K distinct tokens of the text with the most, V features, C
classes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlpkit.batch import LengthBatch, PaddedBatch
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.tfidf import TfidfEncoder


class OfIds(nn.Module):
    """Ids int64 (B, T), padded on the right with 0, to logits (B, C)."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.classifier(LengthBatch(ids, lengths=PaddedBatch(ids).mask().sum(dim=1)))
        return logits


class OfCounts(nn.Module):
    """The distinct ids of each text, int64 (B, K), and how often it has each, float32 (B, K), both padded
    with 0, to the logits (B, C) of a linear model on TF-IDF features: what a graph has no sparse tensors for.
    """

    idf: Tensor
    kinds: Tensor
    weight: Tensor

    def __init__(self, encoder: TfidfEncoder, head: nn.Linear) -> None:
        super().__init__()
        before = (encoder.first_id, 0)  # padding, unknown and specials are no features
        self.register_buffer("idf", F.pad(encoder.idf, before))  # (first_id + V,)
        self.register_buffer("kinds", F.pad(encoder.kinds, before, value=-1))
        self.register_buffer("weight", F.pad(head.weight.detach().t(), (0, 0, *before)))  # (first_id + V, C)
        self.bias = head.bias
        self.scaled = encoder.scaled
        self.sublinear_tf = encoder.sublinear_tf

    def forward(self, ids: Tensor, counts: Tensor) -> Tensor:
        if self.sublinear_tf:
            counts = 1 + counts.clamp(min=1).log()
        values = counts * self.idf[ids]  # (B, K), 0 at padding
        kinds = self.kinds[ids]
        for kind in range(self.scaled):
            inside = kinds == kind
            length = (values * inside).square().sum(dim=1, keepdim=True).sqrt().clamp(min=1e-30)  # (B, 1)
            values = torch.where(inside, values / length, values)
        return (values.unsqueeze(1) @ self.weight[ids]).squeeze(1) + self.bias


def traceable(classifier: Classifier) -> tuple[nn.Module, Mapping[str, Tensor]]:
    """A module in eval mode with the same logits, and an example of what it reads, by the names of its
    inputs.
    """
    ids = torch.tensor([[1, 1, 1], [1, 0, 0]])
    if isinstance(classifier.encoder, TfidfEncoder):
        return OfCounts(classifier.encoder, classifier.head).eval(), {"ids": ids, "counts": ids.float()}
    return OfIds(classifier).eval(), {"ids": ids}
