"""Several classifiers of raw texts as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.models.model import Model
from nlpkit.models.text_model import TextModel
from nlpkit.models.written import SEAL, about_model, decision_table
from nlpkit.plugins.loading import load_plugins
from nlpkit.scoring.decisions import SINGLE_LABEL, Decision
from nlpkit.system import sealed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.data.reading.layout import Layout
    from nlpkit.plugins.catalogue import Plugins
    from nlpkit.text.oddities import Indexing
    from nlpkit.vocab import Labels


@dataclass(frozen=True, eq=False, repr=False)
class Pool(TextModel):
    """Classifiers of the same classes whose logits are added up, each times its weight: their probabilities
    are multiplied (Hinton, 2002, "Training Products of Experts").

    `names` and `weights` are those of the members, one each; `decision` is of them all together.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    members: tuple[Model, ...]
    labels: Labels
    layout: Layout | None = None
    location: str = ""
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
    def called(self) -> str:
        return ", ".join(self.names)

    def write(self, folder: Path, plugins: Plugins | None = None) -> None:
        plugins = plugins or load_plugins()
        seals = {}
        for name, member in zip(self.names, self.members, strict=True):
            (folder / name).mkdir()
            member.write(folder / name, plugins)
            seals[f"{name}/{SEAL}"] = [(folder / name / SEAL).read_bytes()]
        pairs = zip(self.names, self.weights, strict=True)
        members = [{"name": name, "weight": weight} for name, weight in pairs]
        about = {**about_model(self), "members": members}
        if self.decision != SINGLE_LABEL:
            about["decision"] = decision_table(self.decision, plugins)
        sealed.write(folder / SEAL, about, seals)

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
