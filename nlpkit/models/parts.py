"""What a model of raw texts shows of itself to those who explain it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.batch import Batch
    from nlpkit.nn.classifier import Classifier
    from nlpkit.ragged import Ragged
    from nlpkit.scoring.decisions import Decision
    from nlpkit.settings.checks import Settings
    from nlpkit.text.oddities import Indexing
    from nlpkit.vocab import Labels, Vocab


class Part(Protocol):
    """One classifier of a model. `kept` says which of so many tokens of a text its collator keeps."""

    @property
    def settings(self) -> Settings: ...
    @property
    def vocab(self) -> Vocab: ...
    @property
    def classifier(self) -> Classifier: ...
    @property
    def indexing(self) -> Indexing: ...
    @property
    def collate(self) -> Callable[[Ragged], Batch]: ...
    def kept(self, tokens: int) -> NDArray[np.int32]: ...


class Explainable(Protocol):
    """A `TextModel`, as far as explanations are concerned."""

    labels: Labels

    @property
    def parts(self) -> tuple[Part, ...]: ...
    @property
    def factors(self) -> tuple[float, ...]: ...
    @property
    def decision(self) -> Decision: ...
    def logits(self, texts: Sequence[str], *, batch_size: int = 1024) -> NDArray[np.float64]: ...
    def probabilities(
        self, texts: Iterable[str], *, batch_size: int = 1024, workers: int | None = None
    ) -> NDArray[np.float64]: ...
