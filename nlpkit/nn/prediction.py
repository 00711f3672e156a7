"""Logits and probabilities of many texts, in the order they came.

Axes: R rows, B texts of a batch, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nlpkit.batch import Batch
from nlpkit.errors import DataError
from nlpkit.nn.classifier import Classifier
from nlpkit.nn.memory import shared
from nlpkit.nn.modes import one_thread, plain_modes
from nlpkit.nn.order import by_length
from nlpkit.ragged import Ragged
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.settings.given import given_by
from nlpkit.system.forking import can_fork, forked

MAX_BATCH_TOKENS = 1 << 15  # 1,024 texts of AG News at a time have 10 % padding, and 33 % without this
SHARE_TEXTS = 500  # to fork a process costs as much as predicting 400


class NotNumbersError(DataError):
    """A model gives a text probabilities that are not numbers: its weights or a module overflow."""


def probabilities(
    model: Classifier,
    ids: Ragged,
    collate: Callable[[Ragged], Batch],
    decision: Decision = SINGLE_LABEL,
    *,
    batch_size: int = 1024,
    workers: int = 1,
) -> NDArray[np.float64]:
    """Float64 (R, C), as the decision makes them of `logits`. NotNumbersError where one is not a number."""
    found = logits(model, ids, collate, batch_size=batch_size, workers=workers)
    return decision.probabilities(torch.from_numpy(found)).numpy()


def logits(
    model: Classifier,
    ids: Ragged,
    collate: Callable[[Ragged], Batch],
    *,
    batch_size: int = 1024,
    workers: int = 1,
) -> NDArray[np.float32]:
    """Float32 (R, C); computed on the model's own device, in eval mode.

    A model in eval mode is not changed at all, so that several threads may ask it; one in training mode
    is put into eval mode for as long as this takes, module by module. On the CPU up to `workers` forked
    processes share the batches, which are the same for any number of them. NotNumbersError where a logit is
    not finite, so that probabilities would be no numbers.
    """
    device = next(model.parameters()).device
    batches = by_length(ids.lengths, batch_size, max_batch_tokens=MAX_BATCH_TOKENS)
    if device.type != "cpu" or not can_fork():
        workers = 1
    workers = max(1, min(workers, len(ids) // SHARE_TEXTS, len(batches)))
    found = shared(torch.float32, len(ids), model.head.out_features).numpy()

    def fill(rank: int) -> None:
        for rows in batches[rank::workers]:
            batch = collate(ids.take(rows))
            given_by(collate, batch, isinstance(batch, Batch), "a Batch")
            found[rows] = model(batch.to(device)).float().cpu().numpy()  # (B, C)

    others = [partial(fill, rank) for rank in range(1, workers)]
    alone = one_thread() if can_fork() else nullcontext()  # a thread of a server leaves the others theirs
    with plain_modes(), in_eval_mode(model), torch.inference_mode(), alone, forked(others) as children:
        fill(0)
        for rank, child in enumerate(children, 1):
            if not child.finished():
                fill(rank)
    if len(found) and not np.isfinite(found.max(axis=1)).all():  # -inf is a probability of 0
        raise NotNumbersError(
            "the model gives probabilities that are not numbers",
            hint="its numbers overflow: train it again with a lower learning rate",
        )
    return found


@contextmanager
def in_eval_mode(model: nn.Module) -> Iterator[None]:
    """Inside, no module is in training mode; those that were are so again afterwards."""
    in_training = [module for module in model.modules() if module.training]
    for module in in_training:
        module.training = False
    try:
        yield
    finally:
        for module in in_training:
            module.training = True
