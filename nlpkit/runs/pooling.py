"""Several trained classifiers as one model: the weight of each, and what it adds.

Axes: R rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from nlpkit.models.pool import Pool, pooled
from nlpkit.scoring.decisions import Decision
from nlpkit.scoring.metrics import scores
from nlpkit.scoring.multi_label import label_pairs
from nlpkit.scoring.settings import DecisionConfig
from nlpkit.scoring.tables import finite
from nlpkit.scoring.tuned import tuned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.model import Model
    from nlpkit.models.text_model import TextModel
    from nlpkit.runs.trained import Trained
    from nlpkit.vocab import Gold

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
    names: Sequence[str], trained: Sequence[Trained], gold: Gold, asked: DecisionConfig = LIKELIEST
) -> Pooled:
    """Weigh classifiers by the least log loss on the validation texts, of classes `gold` int64 (R,) or labels
    bool (R, C), and then choose on these what is `asked` of the labels.
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
        decision = Decision(first.decision.task)
        named = tuple(names[place] for place in kept)
        model = Pool(named, tuple(few), chosen, first.labels, first.layout, decision=decision)

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


def _choices(
    logits: Sequence[NDArray[np.float64]], gold: Gold
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Logits and classes of choices of one: each label of each text is one of two."""
    if gold.ndim == 1:
        return list(logits), gold
    return [label_pairs(each) for each in logits], gold.ravel().astype("int64")


def _calibrated(trained: Trained, gold: Gold) -> Model:
    """The model with the temperature of least log loss."""
    from nlpkit.training.calibration import scale_of

    model = trained.model
    [logits], classes = _choices([trained.valid], gold)
    decision = replace(model.decision, temperature=1 / scale_of(logits, classes))
    return replace(model, settings=replace(model.settings, decision=decision))


def _weights(logits: Sequence[NDArray[np.float64]], gold: Gold) -> NDArray[np.float64]:
    """A weight for each member, 0 for one that adds next to nothing."""
    import numpy as np

    from nlpkit.training.calibration import weights_of

    weights = weights_of(*_choices(logits, gold))
    if not len(gold):
        return weights
    sizes = np.array([weight * np.abs(each).mean() for weight, each in zip(weights, logits, strict=True)])
    kept = sizes >= _LEAST_SHARE * sizes.sum()
    if not kept.all():
        weights[~kept] = 0
        few = [logits[place] for place in np.flatnonzero(kept).tolist()]
        weights[kept] = weights_of(*_choices(few, gold))
    return weights


def _table(
    names: Sequence[str], trained: Sequence[Trained], weights: NDArray[np.float64], gold: Gold
) -> list[dict[str, Any]]:
    """Of each member its weight, and the validation scores of it alone and of the others without it."""
    import torch

    from nlpkit.training.calibration import weights_of

    logits, decision = [each.valid for each in trained], Decision(trained[0].model.decision.task)

    def of(chosen: list[NDArray[np.float64]]) -> dict[str, Any]:
        found = torch.from_numpy(pooled(chosen, weights_of(*_choices(chosen, gold)).tolist()))
        return finite(_scores(decision.probabilities(found).numpy(), gold, decision))

    return [
        {
            "name": name,
            "weight": float(weight),
            "alone": of([logits[place]]),
            "without": of(logits[:place] + logits[place + 1 :]),
        }
        for place, (name, weight) in enumerate(zip(names, weights, strict=True))
    ]


def _scores(found: NDArray[np.float64], gold: Gold, decision: Decision) -> dict[str, float]:
    """Accuracy and log loss, and of any number of labels micro F1; none without rows."""
    names = ("accuracy", "f1_micro", "log_loss") if decision.multi_label else ("accuracy", "log_loss")
    return dict(scores(names, gold, found, decision).values) if len(gold) else {}
