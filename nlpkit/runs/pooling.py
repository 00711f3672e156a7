"""Several trained classifiers as one model: the weight of each, and what it adds.

Axes: R rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from nlpkit.models.pool import Pool, pooled
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.scoring.metrics import scores
from nlpkit.scoring.settings import DecisionConfig
from nlpkit.scoring.tables import finite
from nlpkit.scoring.tuned import tuned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.model import Model
    from nlpkit.models.text_model import TextModel
    from nlpkit.runs.trained import Trained

LIKELIEST: Final = DecisionConfig()
_LEAST_SHARE: Final = 1e-3  # of the size of all logits


@dataclass(frozen=True, eq=False)
class Pooled:
    """A model of one classifier or several, the probabilities (R, C) of the test texts and of the validation
    texts, the scores of the latter and, of several, a table with a row for each of them.
    """

    model: TextModel
    probabilities: NDArray[np.float64]
    valid_probabilities: NDArray[np.float64]
    valid: dict[str, float]
    members: list[dict[str, Any]]


def pooled_model(
    names: Sequence[str],
    trained: Sequence[Trained],
    gold: NDArray[np.int64],
    asked: DecisionConfig = LIKELIEST,
) -> Pooled:
    """Weigh classifiers by the least log loss on the validation texts, of classes `gold` int64 (R,), and then
    choose on these what is `asked` of the labels.
    """
    import torch

    weights = _weights([each.valid for each in trained], gold)
    kept = [place for place, weight in enumerate(weights) if weight > 0]
    chosen = tuple(_calibrated(trained[place], gold) for place in kept)
    first = chosen[0]
    if len(kept) == 1:  # it has its weight as its temperature
        model: Model | Pool = first
        few = [1.0]
    else:
        few = [float(weights[place]) for place in kept]
        model = Pool(tuple(names[place] for place in kept), tuple(few), chosen, first.labels, first.layout)

    def probabilities(logits: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = model.decision.probabilities(
            torch.from_numpy(pooled(logits, few))
        ).numpy()
        return found

    valid, test = ([getattr(trained[place], part) for place in kept] for part in ("valid", "test"))
    table = _table(names, trained, weights, gold) if len(trained) > 1 else []
    found = probabilities(valid)
    model = _deciding(model, tuned(model.decision, asked, gold, found))
    return Pooled(model, probabilities(test), found, _scores(found, gold, model.decision), table)


def _deciding(model: Model | Pool, decision: Decision) -> Model | Pool:
    """The model with another decision."""
    if isinstance(model, Pool):
        return replace(model, decision=decision)
    return replace(model, settings=replace(model.settings, decision=decision))


def _calibrated(trained: Trained, gold: NDArray[np.int64]) -> Model:
    """The model with the temperature of least log loss."""
    from nlpkit.training.calibration import scale_of

    model = trained.model
    decision = replace(model.decision, temperature=1 / scale_of(trained.valid, gold))
    return replace(model, settings=replace(model.settings, decision=decision))


def _weights(logits: Sequence[NDArray[np.float64]], gold: NDArray[np.int64]) -> NDArray[np.float64]:
    """A weight for each member, 0 for one that adds next to nothing."""
    import numpy as np

    from nlpkit.training.calibration import weights_of

    weights = weights_of(logits, gold)
    if not len(gold):
        return weights
    sizes = np.array([weight * np.abs(each).mean() for weight, each in zip(weights, logits, strict=True)])
    kept = sizes >= _LEAST_SHARE * sizes.sum()
    if not kept.all():
        weights[~kept] = 0
        weights[kept] = weights_of([logits[place] for place in np.flatnonzero(kept).tolist()], gold)
    return weights


def _table(
    names: Sequence[str], trained: Sequence[Trained], weights: NDArray[np.float64], gold: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Of each member its weight, and the validation scores of it alone and of the others without it."""
    import torch

    from nlpkit.training.calibration import weights_of

    logits = [each.valid for each in trained]

    def of(chosen: list[NDArray[np.float64]]) -> dict[str, Any]:
        found = torch.from_numpy(pooled(chosen, weights_of(chosen, gold).tolist()))
        return finite(_scores(SINGLE_LABEL.probabilities(found).numpy(), gold))

    return [
        {
            "name": name,
            "weight": float(weight),
            "alone": of([logits[place]]),
            "without": of(logits[:place] + logits[place + 1 :]),
        }
        for place, (name, weight) in enumerate(zip(names, weights, strict=True))
    ]


def _scores(
    found: NDArray[np.float64], gold: NDArray[np.int64], decision: Decision = SINGLE_LABEL
) -> dict[str, float]:
    """Accuracy and log loss; none without rows."""
    return dict(scores(("accuracy", "log_loss"), gold, found, decision).values) if len(gold) else {}
