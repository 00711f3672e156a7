"""Several classifiers of raw texts as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nlpkit.models.model import Model
from nlpkit.models.text_model import TextModel
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.reading.layout import Layout
    from nlpkit.text.oddities import Indexing
    from nlpkit.vocab import Labels


@dataclass(frozen=True, eq=False)
class Pool(TextModel):
    """Classifiers of the same classes whose logits are added up, each times its weight: their probabilities
    are multiplied (Hinton, 2002, "Training Products of Experts").

    `names` and `weights` are those of the members, one each; `decision` is of them all together.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    members: tuple[Model, ...] = field(repr=False)
    labels: Labels
    layout: Layout | None = None
    location: str = field(default="", repr=False)
    decision: Decision = SINGLE_LABEL

    @property
    def parts(self) -> tuple[Model, ...]:
        return self.members

    @property
    def factors(self) -> tuple[float, ...]:
        return self.weights

    @property
    def scale(self) -> float:
        return sum(self.weights)

    @property
    def indexing(self) -> Indexing:
        return self.members[0].indexing

    @property
    def ready(self) -> bool:
        return False not in [member.ready for member in self.members]  # all of them are built

    def logits(self, texts: Sequence[str], *, batch_size: int = 1024) -> NDArray[np.float64]:
        found = [member.logits(texts, batch_size=batch_size) for member in self.members]
        return pooled(found, self.weights)


def pooled(logits: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    """The weighted sum of logits (texts, classes)."""
    total = weights[0] * logits[0]
    for weight, each in zip(weights[1:], logits[1:], strict=True):
        total += weight * each
    return total
