"""Two dropouts of the same texts that are to agree.

Axes: B texts, C classes.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from nlpkit.batch import Batch
from nlpkit.scoring.losses import log_probabilities
from nlpkit.training.passes import Pass, Passed


def r_drop(go: Pass, batch: Batch, labels: Tensor, *, alpha: float) -> Passed:
    """The mean loss of two passes, and alpha times how far apart their probabilities are: the mean of both
    Kullback-Leibler divergences (Liang et al., 2021, "R-Drop"; the loss of both is halved, as in its code).
    """
    first, second = go(batch, labels), go(batch, labels)
    if labels.ndim > 1:  # any number of labels: the mean over them, as the loss is
        a, b = first.logits.float(), second.logits.float()
        apart = ((a.sigmoid() - b.sigmoid()) * (a - b)).mean(dim=1).sum() / 2
        return replace(first, loss=(first.loss + second.loss) / 2 + alpha * apart)
    p, q = log_probabilities(first.logits.float()), log_probabilities(second.logits.float())
    apart = ((p.exp() - q.exp()) * (p - q)).sum() / 2  # KL(p, q) + KL(q, p), summed over texts
    return replace(first, loss=(first.loss + second.loss) / 2 + alpha * apart)
