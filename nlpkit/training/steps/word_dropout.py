"""Words that are not seen in training.

Axes: B texts.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.nn.texts import texts_of
from nlpkit.training.passes import Pass, Passed
from nlpkit.vocab import UNKNOWN_ID


def word_dropout(go: Pass, batch: Batch, labels: Tensor, *, fraction: float) -> Passed:
    """What is inside, on a batch in which a fraction of the words is unknown (Bowman et al., 2016,
    "Generating Sentences from a Continuous Space"; Iyyer et al., 2015, leave words out).
    """
    return go(replace(batch, ids=dropped(batch, fraction)), labels)


def dropped(batch: Batch, fraction: float) -> Tensor:
    """The ids with some as the unknown one, drawn one by one; a text keeps one known word at least."""
    ids = batch.ids
    drawn = torch.rand(ids.shape, device=ids.device).masked_fill(ids <= UNKNOWN_ID, -1.0)  # padding too
    texts, count = texts_of(batch)
    highest = drawn.new_full((count,), -1.0).scatter_reduce(0, texts.flatten(), drawn.flatten(), "amax")
    gone = (drawn >= 0) & (drawn < fraction) & (drawn < highest[texts])
    return ids.masked_fill(gone, UNKNOWN_ID)
