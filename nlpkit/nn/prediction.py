"""Probabilities of many texts, in the order they came.

Axes: R rows, B texts of a batch, C classes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from nlpkit.batch import Batch
from nlpkit.nn.classifier import Classifier
from nlpkit.order import by_length
from nlpkit.ragged import Ragged

MAX_BATCH_TOKENS = 1 << 15  # 1,024 texts of AG News at a time have 10 % padding, and 33 % without this


def probabilities(
    model: Classifier, ids: Ragged, collate: Callable[[Ragged], Batch], *, batch_size: int = 1024
) -> NDArray[np.float64]:
    """Float64 (R, C), each row adds up to 1; computed on the model's own device, in eval mode.

    A model in eval mode is not changed at all, so that several threads may ask it; one in training mode
    is put into eval mode for as long as this takes, module by module.
    """
    device = next(model.parameters()).device
    found = np.empty((len(ids), model.head.out_features))
    in_training = [module for module in model.modules() if module.training]
    for module in in_training:
        module.training = False
    try:
        with torch.inference_mode():
            for rows in by_length(ids.lengths, batch_size, max_batch_tokens=MAX_BATCH_TOKENS):
                logits = model(collate(ids.take(rows)).to(device))  # (B, C)
                found[rows] = logits.cpu().double().softmax(dim=1).numpy()
    finally:
        for module in in_training:
            module.training = True
    return found
