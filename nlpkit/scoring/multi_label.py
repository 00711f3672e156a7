"""How logits become any number of labels a text: each label for itself, yes or no.

Axes: R rows, B texts of a batch, C labels.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from nlpkit.scoring.losses import TextsLoss

    Numbers = NDArray[np.float64]
    Marks = NDArray[np.bool_]

FEW_TEXTS = 20  # that have a label, with which a threshold of its own is luck


def summed_binary(class_weights: Tensor | None = None, *, label_smoothing: float = 0.0) -> TextsLoss:
    """Binary cross-entropy of logits (B, C) with labels (B, C), the mean over the labels and the sum over the
    texts. A label that a text has counts as often as the label's weight says, one that it has not once.
    Smoothed, a label is to be as likely as 1 - label_smoothing / 2, or label_smoothing / 2.
    """
    return partial(_binary, class_weights, label_smoothing)


def _binary(class_weights: Tensor | None, label_smoothing: float, logits: Tensor, labels: Tensor) -> Tensor:
    from torch.nn.functional import binary_cross_entropy_with_logits

    wanted = labels.float() * (1 - label_smoothing) + label_smoothing / 2
    losses = binary_cross_entropy_with_logits(logits, wanted, pos_weight=class_weights, reduction="none")
    return losses.mean(dim=1).sum()


def summed_binary_focal(class_weights: Tensor | None = None, *, gamma: float = 2.0) -> TextsLoss:
    """-(1 - p) ^ gamma ln p for the probability p of what is true of each label (Lin et al., 2017, eq. 5)."""
    return partial(_focal, class_weights, gamma)


def _focal(class_weights: Tensor | None, gamma: float, logits: Tensor, labels: Tensor) -> Tensor:
    from torch.nn.functional import logsigmoid

    has = labels.float()
    logs = logsigmoid(logits * (2 * has - 1))  # (B, C): ln p
    losses = -((-logs.expm1()).clamp(min=1e-30) ** gamma) * logs
    if class_weights is not None:
        losses = losses * (1 + has * (class_weights - 1))
    return losses.mean(dim=1).sum()


def tuned_thresholds(probabilities: Numbers, gold: Marks) -> tuple[float, ...]:
    """The threshold of each label that gives the highest F1 on rows (R, C) that no training saw (Lipton,
    Elkan and Naryanaswamy, 2014, "Optimal Thresholding of Classifiers to Maximize F1 Measure").

    Labels that fewer than FEW_TEXTS rows have share the one threshold that is best for the F1 of all of them
    together: one of its own would follow single texts (Fan and Lin, 2007, "A Study on Threshold Selection for
    Multi-label Classification"). None where there are no rows, or none has a label.

    >>> import numpy as np
    >>> tuned_thresholds(np.array([[0.1], [0.3], [0.4]]), np.array([[False], [True], [True]]))
    (0.2,)
    """
    import numpy as np

    if not gold.any():
        return ()
    few = gold.sum(axis=0) < FEW_TEXTS  # (C,)
    together = few if gold[:, few].any() else np.ones_like(few)
    common = best_threshold(probabilities[:, together].ravel(), gold[:, together].ravel())
    columns = zip(probabilities.T, gold.T, few.tolist(), strict=True)
    return tuple(common if rare else best_threshold(*each) for *each, rare in columns)


def best_threshold(probabilities: Numbers, gold: Marks) -> float:
    """The threshold of the highest F1 of rows (R,), half-way to the next lower probability; of equals the
    highest, rounded to six digits.
    """
    import numpy as np

    order = np.argsort(-probabilities, kind="stable")
    chances, right = probabilities[order], np.cumsum(gold[order])
    scores = 2 * right / (np.arange(1, len(order) + 1) + right[-1])
    last = np.append(chances[1:] < chances[:-1], True)  # equal ones are given together
    allowed = np.where(last, scores, -1.0)
    place = int(np.flatnonzero(allowed == allowed.max())[0])
    below = chances[place + 1] if place + 1 < len(chances) else 0.0
    return round(float((chances[place] + below) / 2), 6)


def label_pairs(logits: Numbers) -> Numbers:
    """Each label of each text as a choice of two, (R * C, 2): what fits one label fits these too."""
    import numpy as np

    return np.stack([np.zeros(logits.size), logits.ravel()], axis=1)


def balanced_weights(gold: Marks) -> Numbers:
    """What makes the texts that have a label weigh as much as those without, float64 (C,)."""
    import numpy as np

    counts = gold.sum(axis=0)
    weights: Numbers = np.maximum(len(gold) - counts, 1) / np.maximum(counts, 1)
    return weights
